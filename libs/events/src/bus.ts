import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import {
  connect,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from 'nats'

export const streamName = 'HELPDESK_EVENTS'
const subjects = ['helpdesk.events.>']
/** How long the stream keeps events. */
export const retentionDays = 30

export interface BusOptions {
  /** May hold user and password. */
  url: string
  /** The connection's name on the server. */
  name: string
  /** Copies of the stream: 1 locally, 3 in a cluster. */
  replicas?: number
  /** How long a stream must have been missing before it is made anew. */
  restoreAfterMs?: number
  log: BusLog
}

export interface BusLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

type ConnectedListener = (connection: NatsConnection, again: boolean) => void

/**
 * A connection to NATS that is made, and made again, in the background: a service starts and works without it.
 * The stream is created when it is not there, after a loss of the server's data too.
 */
export class Bus implements AsyncDisposable {
  readonly #options: BusOptions
  readonly #closing = new AbortController()
  readonly #connecting: Promise<void>
  #connection: NatsConnection | undefined
  #connected = false
  readonly #listeners = new Set<ConnectedListener>()
  #restoring: Promise<void> | undefined

  constructor(options: BusOptions) {
    this.#options = options
    this.#connecting = this.#connect()
  }

  /** True while the server answers. */
  get connected(): boolean {
    return this.#connected
  }

  /** Undefined until the first connection is made. */
  get connection(): NatsConnection | undefined {
    return this.#connection
  }

  /** Calls `listener` now if connected, and whenever a connection is made; `again` for one that came back. */
  onConnected(listener: ConnectedListener): () => void {
    this.#listeners.add(listener)
    if (this.#connection && this.#connected) listener(this.#connection, false)
    return () => this.#listeners.delete(listener)
  }

  jetstream(): JetStreamClient | undefined {
    return this.#connection?.jetstream({ timeout: 5_000 })
  }

  async manager(): Promise<JetStreamManager | undefined> {
    return this.#connection?.jetstreamManager({ timeout: 5_000, checkAPI: false })
  }

  /**
   * Makes the stream again once it has been missing for a while. Not at once: each relay looks at the stream every
   * second, so all of them see that it is gone, and none publishes a new event ahead of the older ones that were lost.
   */
  restoreStream(): Promise<void> {
    this.#restoring ??= this.#keepStream(this.#options.restoreAfterMs ?? 3_000).finally(() => {
      this.#restoring = undefined
    })
    return this.#restoring
  }

  async [Symbol.asyncDispose]() {
    this.#closing.abort()
    await this.#connecting
    await this.#connection?.close()
  }

  async #connect(): Promise<void> {
    const { url, name, log } = this.#options
    const { servers, user, pass } = parse(url)
    while (!this.#closing.signal.aborted) {
      try {
        this.#connection = await connect({
          servers,
          name,
          ...(user && { user, pass: pass ?? '' }),
          timeout: 2_000,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 250,
          pingInterval: 5_000,
          maxPingOut: 2,
          // Else each publish makes a stack, for an error that is thrown seldom.
          noAsyncTraces: true,
        })
        this.#connected = true
        void this.#watch(this.#connection)
        for (const listener of this.#listeners) listener(this.#connection, false)
        await this.#keepStream(0)
        return
      } catch (error) {
        log.warn({ err: error }, 'NATS is away; trying again')
        await this.#pause(500)
      }
    }
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') {
        this.#connected = false
        this.#options.log.warn({}, 'NATS connection lost')
      }
      if (type === 'reconnect') {
        this.#connected = true
        this.#options.log.info({}, 'NATS connection back')
        for (const listener of this.#listeners) listener(connection, true)
        void this.restoreStream()
      }
    }
    this.#connected = false
  }

  /** Brings the stream's limits up to date, or creates it when it has been missing for so long. */
  async #keepStream(missingMs: number): Promise<void> {
    let missingSince: number | undefined
    while (!this.#closing.signal.aborted) {
      try {
        const manager = await this.manager()
        if (await this.#updateStream(manager)) return
        missingSince ??= Date.now()
        if (Date.now() - missingSince >= missingMs) {
          await manager?.streams.add(this.#streamConfig())
          return
        }
      } catch (error) {
        missingSince = undefined
        this.#options.log.warn({ err: error }, 'The event stream cannot be reached')
      }
      await this.#pause(250)
    }
  }

  /**
   * False when there is no stream. Updates it only where it differs: with an update nats-server (2.9) notes another time
   * of creation, and takes the stream for a new one when it has restarted.
   */
  async #updateStream(manager: JetStreamManager | undefined): Promise<boolean> {
    const wanted = this.#streamConfig()
    try {
      const there = await manager?.streams.info(streamName)
      if (there && !isDeepStrictEqual({ ...there.config, ...wanted }, there.config)) {
        await manager?.streams.update(streamName, wanted)
      }
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  #streamConfig() {
    const { replicas = 1 } = this.#options
    return {
      name: streamName,
      subjects,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      num_replicas: replicas,
      max_age: nanos(retentionDays * 86_400_000),
      duplicate_window: nanos(600_000),
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {})
  }
}

// JetStream API error 404, and the codes of "stream not found" and "consumer not found".
export const isMissing = (error: unknown): boolean => error instanceof NatsError && error.api_error?.code === 404

function parse(url: string) {
  const { hostname, port, username, password, protocol } = new URL(url)
  return {
    servers: `${protocol}//${hostname}:${port || 4222}`,
    user: decodeURIComponent(username),
    pass: decodeURIComponent(password),
  }
}
