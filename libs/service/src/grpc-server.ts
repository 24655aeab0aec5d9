import { hash, randomUUID, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'
import { type Call, metadataKeys } from '@helpdesk/proto/call'
import { HelpdeskError, invalidField } from '@helpdesk/proto/errors'
import { HealthImplementation } from 'grpc-health-check'
import { toStatus } from './grpc-errors.ts'
import { readIdentity } from './grpc-metadata.ts'
import type { Logger } from './log.ts'
import { rpcDuration } from './metrics.ts'
import { type Step, startStep } from './tracing.ts'

type Unary<M> = M extends {
  requestSerialize: (request: infer Request) => Buffer
  responseDeserialize: (bytes: Buffer) => infer Response
}
  ? (request: Request, call: Call) => Promise<Response>
  : never

/** One function for each method of a generated service definition. */
export type Handlers<S> = { [Method in keyof S]: Unary<S[Method]> }

interface GrpcServerOptions<S> {
  /** A generated definition, such as CatalogServiceService. */
  service: S
  handlers: Handlers<S>
  host: string
  /** 0 takes a free one. */
  port: number
  /** Callers by name. */
  tokens: ReadonlyMap<string, string>
  /** Calls that may run at once; one more is told that the service is busy. */
  maxCalls?: number
  /** What an error of a library means to the caller; undefined makes it `internal`. */
  explain: (error: unknown) => HelpdeskError | undefined
  log: Logger
}

export interface GrpcServer extends AsyncDisposable {
  port: number
}

/** How long a stopping server waits for the calls it has accepted. */
const drainMs = 5_000

/**
 * Serves one service over HTTP/2, with gRPC health and reflection beside it, which need no token.
 * Disposing it takes no new calls and waits for those under way.
 */
export async function startGrpcServer<S>(options: GrpcServerOptions<S>): Promise<GrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  })
  const definition = options.service as ServiceDefinition
  const serviceName = Object.values(definition)[0]?.path.split('/')[1] ?? ''
  server.addService(...implementation(definition, options as GrpcServerOptions<never>))
  const health = new HealthImplementation({ '': 'SERVING', [serviceName]: 'SERVING' })
  health.addToServer(server)
  reflection(serviceName).addToServer(server)

  const address = `${options.host}:${options.port}`
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      health.setStatus('', 'NOT_SERVING')
      const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
      const timer = setTimeout(() => server.forceShutdown(), drainMs)
      await drained
      clearTimeout(timer)
    },
  }
}

function implementation(
  definition: ServiceDefinition,
  options: GrpcServerOptions<never>,
): [ServiceDefinition, UntypedServiceImplementation] {
  const guarded = Object.entries(definition).map(([name, method]) => [name, withGuardedDecoding(method)] as const)
  const handlers = options.handlers as Record<string, (request: unknown, call: Call) => Promise<unknown>>
  const slots = new Slots(options.maxCalls ?? 100)
  const functions = Object.entries(definition).map(([name, method]) => {
    const handler = handlers[name]
    if (!handler) throw new Error(`No handler for ${method.path}`)
    return [name, unary(method.path, handler, slots, options)] as const
  })
  return [Object.fromEntries(guarded), Object.fromEntries(functions)]
}

// grpc-js answers INTERNAL when decoding throws; a request that cannot be decoded is the caller's mistake.
function withGuardedDecoding<Request, Response>(
  method: MethodDefinition<Request, Response>,
): MethodDefinition<Request | Undecodable, Response> {
  return {
    ...method,
    requestSerialize: (request) => method.requestSerialize(request as Request),
    requestDeserialize(bytes) {
      try {
        return method.requestDeserialize(bytes)
      } catch (error) {
        return new Undecodable(error)
      }
    },
  }
}

/** Bounds how much runs at once: what waits for the database waits in memory, and what waits long is given up on. */
class Slots {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Throws `unavailable` when all are taken. */
  take(): Disposable {
    if (this.#taken >= this.#most) throw new HelpdeskError('unavailable', 'The service is busy; try again.')
    this.#taken += 1
    return {
      [Symbol.dispose]: () => {
        this.#taken -= 1
      },
    }
  }
}

class Undecodable {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

function unary(
  path: string,
  handler: (request: unknown, call: Call) => Promise<unknown>,
  slots: Slots,
  { tokens, explain, log }: GrpcServerOptions<never>,
) {
  const authenticate = authenticator(tokens)
  const method = path.slice(1)
  return async (grpcCall: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
    const stopTimer = rpcDuration.startTimer({ rpc_method: method })
    let requestId = ''
    let step: Step | undefined
    const abort = new AbortController()
    const giveUp = () => abort.abort()
    try {
      const caller = authenticate(grpcCall.metadata)
      const identity = readIdentity(grpcCall.metadata, () => `req_${randomUUID()}`)
      requestId = identity.requestId
      step = startStep('server', method, identity.traceparent, {
        'rpc.system.name': 'grpc',
        'rpc.method': method,
        'helpdesk.tenant_id': identity.tenantId,
        'helpdesk.request_id': requestId,
      })
      if (grpcCall.request instanceof Undecodable) {
        throw invalidField('request', 'invalid_format', 'Not a message of this method; ids go up to 2^53 - 1.')
      }
      grpcCall.on('cancelled', giveUp)
      using _slot = slots.take()
      const response = await handler(grpcCall.request, {
        ...identity,
        traceparent: step.traceparent,
        caller,
        signal: abort.signal,
        markReplayed: () => grpcCall.sendMetadata(replayed),
      })
      stopTimer({ error_type: '' })
      step.end()
      callback(null, response)
    } catch (error) {
      const known = error instanceof HelpdeskError ? error : explain(error)
      if (!known || (known.code === 'unavailable' && known.cause))
        log.error({ err: error, rpc_method: method, request_id: requestId }, 'Call failed')
      const told = known ?? new HelpdeskError('internal', 'Something went wrong on our side.')
      stopTimer({ error_type: told.code })
      step?.end(told.code)
      callback(toStatus(told))
    } finally {
      // Emitted at the end of every call, and each abort makes an error with a stack.
      grpcCall.off('cancelled', giveUp)
    }
  }
}

const replayed = new Metadata()
replayed.set(metadataKeys.idempotencyReplayed, 'true')

/** Names the caller whose token it is. Compares hashes, all of them, so that time tells nothing. */
function authenticator(tokens: ReadonlyMap<string, string>): (metadata: Metadata) => string {
  const digest = (text: string) => hash('sha256', text, 'buffer')
  const known = [...tokens].map(([name, token]) => ({ name, digest: digest(`Bearer ${token}`) }))
  return (metadata) => {
    const given = digest(metadata.get(metadataKeys.authorization)[0]?.toString() ?? '')
    const callers = known.filter((caller) => timingSafeEqual(caller.digest, given))
    if (!callers[0]) throw new HelpdeskError('invalid_service_token', 'A service token is required in authorization.')
    return callers[0].name
  }
}

/** Tells a client such as `buf curl` or grpcurl what can be called, from the descriptors of the contract. */
function reflection(serviceName: string): ReflectionService {
  const file = fileURLToPath(import.meta.resolve('@helpdesk/proto/descriptors'))
  const contract = fromBinary(FileDescriptorSetSchema, readFileSync(file))
  const fileDescriptorProtos = contract.file.map((each) => Buffer.from(toBinary(FileDescriptorProtoSchema, each)))
  // The only part of a package definition that reflection reads; proto-loader's own loses the services.
  const definition = { contract: { fileDescriptorProtos } } as unknown as PackageDefinition
  return new ReflectionService(definition, { services: [serviceName, 'grpc.health.v1.Health'] })
}
