import type { Sql } from '@helpdesk/postgres'
import type { JetStreamManager, StreamInfo } from 'nats'
import { type Bus, type BusLog, streamName } from './bus.ts'
import { isSameStream, readPosition, type StreamPosition, savePosition, startOf } from './stream-position.ts'

interface KnownStreamOptions {
  bus: Bus
  /** The leader's connection. */
  sql: Sql
  pid: number
  /** The relay's. */
  name: string
  log: BusLog
}

/** What JetStream said of one event. */
export interface Acknowledged {
  event_id: string
  seq: number
  /** The stream had it already. */
  duplicate: boolean
}

const lookMs = 1_000
const never = Number.NEGATIVE_INFINITY

/**
 * The stream that a relay publishes to. It remembers, in the producer's database, the last event that the stream
 * acknowledged, and by that notices when the stream has it no more.
 */
export class KnownStream implements Disposable {
  readonly #options: KnownStreamOptions
  readonly #stopListening: () => void
  #position: StreamPosition | undefined
  #lookedAt = never

  constructor(options: KnownStreamOptions) {
    this.#options = options
    // A connection that came back may lead to a server without its data.
    this.#stopListening = options.bus.onConnected(() => this.doubt())
  }

  [Symbol.dispose]() {
    this.#stopListening()
  }

  /** Looks again before anything more is published. */
  doubt(): void {
    this.#lookedAt = never
  }

  /** True while it is safe to publish. `onLoss` runs before anything is published to a stream that lost events. */
  async isReady(onLoss: () => Promise<void>): Promise<boolean> {
    const { bus, sql, pid, name } = this.#options
    if (!bus.connected) return false
    const now = performance.now()
    if (now - this.#lookedAt < lookMs) return true
    this.#lookedAt = now
    this.#position ??= await readPosition(sql, name)
    const found = await this.#look()
    if (!found) return false
    // On the first look ever nothing can be missed.
    if (this.#position && !found.isSame) await onLoss()
    if (!this.#position || !found.isSame) {
      this.#position = startOf(found.info)
      await savePosition(sql, pid, name, this.#position)
    }
    return this.#lookedAt === now
  }

  /**
   * Where the stream is with these events. Undefined when it gave a sequence number a second time: then it is not the
   * stream it was, and they came ahead of what it lost.
   */
  advance(acknowledged: readonly Acknowledged[]): StreamPosition | undefined {
    const position = this.#position
    if (!position || acknowledged.some(({ duplicate, seq }) => !duplicate && seq <= position.stream_seq)) {
      this.doubt()
      return undefined
    }
    for (const { seq, event_id } of acknowledged) {
      if (seq > (this.#position?.stream_seq ?? 0)) {
        this.#position = { ...position, stream_seq: seq, message_id: event_id }
      }
    }
    return this.#position
  }

  async #look(): Promise<{ info: StreamInfo; isSame: boolean } | undefined> {
    const { bus, log } = this.#options
    try {
      const manager = (await bus.manager()) as JetStreamManager
      const info = await manager.streams.info(streamName)
      return { info, isSame: !this.#position || (await isSameStream(manager, info, this.#position)) }
    } catch (error) {
      this.doubt()
      log.warn({ err: error }, 'The event stream is missing or cannot be reached')
      void bus.restoreStream()
      return undefined
    }
  }
}
