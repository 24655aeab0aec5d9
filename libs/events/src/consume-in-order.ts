import { isTransient, type Sql, type Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import { DeliverPolicy, type JsMsg, NatsError } from 'nats'
import { type Bus, type BusLog, isMissing, streamName } from './bus.ts'
import { idOf, park } from './dead-letters.ts'
import { decodeEvent } from './event.ts'
import { assertLeading, type Leadership, lead, together } from './leader.ts'
import { replayMarked } from './replay.ts'
import { isSameStream, readPosition, savePosition, startOf } from './stream-position.ts'

export interface ConsumeInOrderOptions {
  bus: Bus
  databaseUrl: string
  role?: string
  consumer: string
  filter: string
  /** Handles a batch in stream order, in the transaction that records how far the consumer has come. */
  handle: (tx: Tx, events: DomainEvent[]) => Promise<void>
  log: BusLog
}

type Transact = (work: (tx: Tx) => Promise<void>) => Promise<void>

const batchSize = 500

/**
 * The time before which everything that the stream took was handled by an ordered consumer, or parked. Undefined when
 * that cannot be told: NATS is away, or the consumer has not begun the stream.
 */
export async function handledUntil(bus: Bus, sql: Sql, consumer: string): Promise<Date | undefined> {
  const askedAt = new Date()
  const manager = bus.connected ? await bus.manager() : undefined
  if (!manager) return undefined
  try {
    const info = await manager.streams.info(streamName)
    // Read after the stream, so that it may be ahead of it and never behind.
    const position = await readPosition(sql, consumer)
    if (position?.stream_created !== info.created) return undefined
    if (position.stream_seq >= info.state.last_seq) return askedAt
    return (await manager.streams.getMessage(streamName, { seq: position.stream_seq })).time
  } catch (error) {
    if (error instanceof NatsError) return undefined
    throw error
  }
}

/**
 * Handles every event strictly in stream order; of all processes one at a time does. One that fails twice is parked in
 * dead_letters, and those behind it go on; while PostgreSQL is away, slow or full none is parked. What an operator marks
 * there for replay is handled between the others, when it is taken up. So `handle` has to drop what it knows.
 *
 * The position lies in the consumer's own database and moves in the transaction that handles the events, so a
 * successor starts exactly behind the last one handled. With acknowledgements on the server it would first be sent
 * what nobody has seen, and what its predecessor left unacknowledged only later.
 */
export function consumeInOrder(options: ConsumeInOrderOptions): AsyncDisposable {
  const { databaseUrl, role, consumer, handle, log } = options
  return lead({
    databaseUrl,
    name: `consumer/${consumer}`,
    ...(role && { role }),
    log,
    work({ sql, pid, signal }) {
      // The leader has one connection, so two of these never overlap.
      const transact: Transact = async (work) => {
        await sql.begin(async (tx) => {
          await assertLeading(tx, pid)
          await work(tx)
        })
      }
      const replay = { sql, consumer, transact, handle: (tx: Tx, event: DomainEvent) => handle(tx, [event]), log }
      return together(
        signal,
        (either) => consumeStream(options, { sql, pid, signal: either }, transact),
        (either) => replayMarked(replay, either),
      )
    },
  })
}

async function consumeStream(
  { bus, consumer, filter, handle, log }: ConsumeInOrderOptions,
  { sql, pid, signal }: Leadership,
  transact: Transact,
): Promise<void> {
  const manager = await bus.manager()
  const jetstream = bus.jetstream()
  if (!manager || !jetstream || !bus.connected) throw new Error('NATS is away')
  const info = await manager.streams.info(streamName)
  const last = await readPosition(sql, consumer)
  // In another stream the position means nothing: it is read from its beginning, and what is known is dropped.
  let position = last && (await isSameStream(manager, info, last)) ? last : startOf(info)
  const source = await jetstream.consumers.get(streamName, {
    filterSubjects: filter,
    // Not DeliverPolicy.All for the first: nats.js 2.29 adds a start sequence to it, which the server refuses.
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position.stream_seq + 1,
  })
  const messages = await source.consume({ max_messages: 2 * batchSize })
  const stop = () => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  // A stream made anew, or one without its end, counts again from a number that this consumer is past.
  const watch = setInterval(async () => {
    try {
      const there = await manager.streams.info(streamName)
      if (!(await isSameStream(manager, there, position))) stop()
    } catch (error) {
      if (isMissing(error)) stop()
    }
  }, 1_000)
  const stopListening = bus.onConnected((_, again) => again && stop())
  try {
    let batch: JsMsg[] = []
    for await (const message of messages) {
      batch.push(message)
      // What has arrived and waits here, this one counted in.
      if (batch.length < batchSize && messages.getPending() > 1) continue
      await settle(batch)
      batch = []
    }
  } finally {
    clearInterval(watch)
    stopListening()
    signal.removeEventListener('abort', stop)
    await messages.close()
  }

  async function settle(batch: readonly JsMsg[]): Promise<void> {
    try {
      await record(batch)
    } catch (error) {
      if (isTransient(error)) throw error
      for (const message of batch) await recordOrPark(message)
    }
  }

  async function recordOrPark(message: JsMsg): Promise<void> {
    try {
      await record([message])
    } catch (error) {
      if (isTransient(error)) throw error
      log.error({ err: error, consumer, event_id: idOf(message) }, 'An event was parked')
      await goOnBehind([message], (tx) => park(tx, consumer, message, { error, tries: 2 }))
    }
  }

  function record(batch: readonly JsMsg[]): Promise<void> {
    const decode = (message: JsMsg) => decodeEvent(message.data)
    return goOnBehind(batch, async (tx) => handle(tx, batch.map(decode)))
  }

  /** Moves the position behind messages in the transaction that deals with them. */
  async function goOnBehind(batch: readonly JsMsg[], deal: (tx: Tx) => Promise<void>): Promise<void> {
    const { seq, headers } = batch.at(-1) as JsMsg
    const reached = { ...position, stream_seq: seq, message_id: headers?.get('Nats-Msg-Id') ?? '' }
    await transact(async (tx) => {
      await deal(tx)
      await savePosition(tx, pid, consumer, reached)
    })
    position = reached
  }
}
