import { Client, credentials, type MethodDefinition, type ServiceDefinition, status } from '@grpc/grpc-js'
import { type CallIdentity, metadataKeys } from '@helpdesk/proto/call'
import { fromStatus } from './grpc-errors.ts'
import { writeIdentity } from './grpc-metadata.ts'
import { startStep } from './tracing.ts'

/** What goes with one outgoing call. */
export interface OutgoingCall extends CallIdentity {
  /** Gives the call up. */
  signal?: AbortSignal
  /** Told when the answer is a stored one. */
  onReplayed?: () => void
}

type Unary<M> = M extends {
  requestSerialize: (request: infer Request) => Buffer
  responseDeserialize: (bytes: Buffer) => infer Response
}
  ? (request: Request, call: OutgoingCall) => Promise<Response>
  : never

/** A method for each RPC of a service. They throw HelpdeskError. */
export type GrpcClient<S> = { readonly [Method in keyof S]: Unary<S[Method]> } & {
  /** True while the service answers. */
  isReachable(): boolean
} & Disposable

interface GrpcClientOptions {
  /** `host:port`, several with commas between, or `dns:///name:port`; calls go round them in turn. */
  address: string
  token: string
  /** How long a call may take. */
  deadlineMs: number
}

const connectivityReady = 2
const connectivityIdle = 0

export function connectGrpc<S>(service: S, { address, token, deadlineMs }: GrpcClientOptions): GrpcClient<S> {
  const target = address.includes(',') ? `ipv4:${address}` : address
  const client = new Client(target, credentials.createInsecure(), {
    // A page of a hundred messages of 64 KiB is 6.4 MiB.
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  })
  const methods = Object.entries(service as ServiceDefinition).map(
    ([name, method]) => [name, unary(client, method, token, deadlineMs)] as const,
  )
  return {
    ...Object.fromEntries(methods),
    isReachable() {
      const state = client.getChannel().getConnectivityState(true)
      return state === connectivityReady || state === connectivityIdle
    },
    [Symbol.dispose]: () => client.close(),
  } as GrpcClient<S>
}

function unary(client: Client, method: MethodDefinition<unknown, unknown>, token: string, deadlineMs: number) {
  const name = method.path.slice(1)
  return (request: unknown, call: OutgoingCall): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
      const step = startStep('client', name, call.traceparent, { 'rpc.system.name': 'grpc', 'rpc.method': name })
      const running = client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        writeIdentity({ ...call, traceparent: step.traceparent }, token),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          settle()
          step.end(error ? status[error.code] : undefined)
          if (error) reject(fromStatus(error))
          else resolve(response)
        },
      )
      if (call.onReplayed) {
        running.on('metadata', (metadata) => {
          if (metadata.get(metadataKeys.idempotencyReplayed).length > 0) call.onReplayed?.()
        })
      }
      if (call.signal) {
        const cancel = () => running.cancel()
        call.signal.addEventListener('abort', cancel, { once: true })
        void settled.then(() => call.signal?.removeEventListener('abort', cancel))
      }
    })
}
