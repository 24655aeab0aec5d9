// How a service calls the help desk: identity, deadline, retries and errors, in one place. Copy it into your own.

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js'
import { metadataKeys } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { decodeError, statusDetailsKey } from '@helpdesk/proto/google-rpc'

export interface Connection {
  /** `host:port`, or `dns:///name:port` to spread calls over every address of the name. */
  address: string
  /** The service token that the help desk's operator gave you. */
  token: string
  tenantId: number
  /** Who acts, for the audit log: `system:<your service>`. */
  actor: string
}

export interface CallOptions {
  /** The same change under the same key happens once in 24 hours. Take what names the change in your own data. */
  idempotencyKey?: string
  /** The person for whom you call instead of your service: `agent:7` or `requester:12`. */
  actor?: string
  /** What your own logs call this piece of work. */
  requestId?: string
  /** How long the call may take with all its attempts; 5,000 unless given. */
  timeoutMs?: number
}

/** One service of the help desk. Calls throw HelpdeskError, with a code, and with fields when the request was bad. */
export class HelpdeskClient {
  readonly #connection: Connection
  readonly #client: Client

  constructor(connection: Connection) {
    this.#connection = connection
    this.#client = new Client(connection.address, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2_000,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    })
  }

  /** Calls one method, and again while the service is unavailable and there is time. */
  async call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    { idempotencyKey, actor, requestId, timeoutMs = 5_000 }: CallOptions = {},
  ): Promise<Response> {
    const { token, tenantId, actor: service } = this.#connection
    const metadata = new Metadata()
    metadata.set(metadataKeys.authorization, `Bearer ${token}`)
    metadata.set(metadataKeys.tenantId, String(tenantId))
    metadata.set(metadataKeys.actor, actor ?? service)
    metadata.set(metadataKeys.requestId, requestId ?? `req_${randomUUID()}`)
    // With a key of its own even a change can be sent again: when only the answer was lost, it comes from the store.
    metadata.set(metadataKeys.idempotencyKey, idempotencyKey ?? randomUUID())

    const deadline = Date.now() + timeoutMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(method, request, metadata, deadline)
      } catch (error) {
        // Full jitter, so that many callers do not come back at the same moment.
        const pauseMs = Math.random() * Math.min(100 * 2 ** attempt, 2_000)
        if (!isPassing(error) || Date.now() + pauseMs >= deadline) throw error
        await sleep(pauseMs)
      }
    }
  }

  close(): void {
    this.#client.close()
  }

  #once<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    metadata: Metadata,
    deadline: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, response) => (error ? reject(errorOf(error)) : resolve(response as Response)),
      )
    })
  }
}

/** Nothing was done, or the first attempt of this very call is still at work. */
const isPassing = (error: unknown): boolean =>
  error instanceof HelpdeskError && (error.code === 'unavailable' || error.code === 'idempotency_in_progress')

/** The error that a service told; without one the call did not get there, or its answer did not come back. */
function errorOf(error: ServiceError): HelpdeskError {
  const [details] = error.metadata?.get(statusDetailsKey) ?? []
  const told = details instanceof Uint8Array ? decodeError(details, error) : undefined
  if (told) return told
  if (error.code === status.UNAVAILABLE) return new HelpdeskError('unavailable', error.details, { cause: error })
  if (error.code === status.DEADLINE_EXCEEDED) {
    return new HelpdeskError('deadline_exceeded', error.details, { cause: error })
  }
  return new HelpdeskError('internal', error.details, { cause: error })
}
