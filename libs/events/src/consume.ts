import { isTransient, type Sql, type Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import { AckPolicy, DeliverPolicy, type JsMsg, nanos } from 'nats'
import { type Bus, type BusLog, streamName } from './bus.ts'
import { idOf, park } from './dead-letters.ts'
import { decodeEvent } from './event.ts'
import { pause } from './leader.ts'
import { replayMarked } from './replay.ts'

export interface ConsumeOptions {
  bus: Bus
  sql: Sql
  /** The durable consumer's name; instances that share it share the work. */
  consumer: string
  /** One subject with wildcards: NATS 2.9 takes no more. */
  filter: string
  /** Runs in the transaction that records the event as handled. */
  handle: (tx: Tx, event: DomainEvent) => Promise<void>
  log: BusLog
}

/** Tries before an event is parked. */
const maxTries = 5

/**
 * Handles each event once: the transaction that handles it records its id first, and a redelivered one is dropped.
 * One that fails `maxTries` times is parked in dead_letters, and those behind it go on; while PostgreSQL is away, slow
 * or full none is parked. What an operator marks there for replay is handled in the same way.
 */
export function consume(options: ConsumeOptions): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = Promise.all([pullUntil(options, signal), replayUntil(options, signal)])
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function pullUntil(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await pull(options, signal)
    } catch (error) {
      if (!signal.aborted) options.log.warn({ err: error, consumer: options.consumer }, 'Consuming again')
    }
    await pause(250, signal)
  }
}

const replayUntil = (options: ConsumeOptions, signal: AbortSignal): Promise<void> =>
  replayMarked(
    {
      ...options,
      transact: async (work) => void (await options.sql.begin(work)),
      handle: (tx, event) => handleOnce(tx, options, event),
    },
    signal,
  )

async function pull(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const { bus, consumer, filter } = options
  const [manager, jetstream] = [await bus.manager(), bus.jetstream()]
  if (!manager || !jetstream) return
  await manager.consumers.add(streamName, {
    durable_name: consumer,
    filter_subject: filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    // What a stopped instance had fetched and not handled comes again after this.
    ack_wait: nanos(10_000),
    max_ack_pending: 256,
  })
  const source = await jetstream.consumers.get(streamName, consumer)
  // A consumer that is gone with its stream shows by two missed heartbeats, and there is one every `expires` / 2. With the
  // default of 30 s, projections stood still for up to 18 s.
  const messages = await source.consume({ max_messages: 64, expires: 4_000, abort_on_missing_resource: true })
  const stop = () => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    for await (const message of messages) await settle(options, message)
  } finally {
    signal.removeEventListener('abort', stop)
    await messages.close()
  }
}

async function settle(options: ConsumeOptions, message: JsMsg): Promise<void> {
  const { sql, consumer, log } = options
  // 1 at the first delivery.
  const tries = message.info.redeliveryCount
  try {
    const event = decodeEvent(message.data)
    await sql.begin((tx) => handleOnce(tx, options, event))
    message.ack()
  } catch (error) {
    log.error({ err: error, consumer, event_id: idOf(message), tries }, 'An event could not be handled')
    if (tries < maxTries || isTransient(error)) {
      message.nak(Math.min(250 * 2 ** tries, 10_000))
      return
    }
    await park(sql, consumer, message, { error, tries })
    message.term()
  }
}

async function handleOnce(tx: Tx, { consumer, handle }: ConsumeOptions, event: DomainEvent): Promise<void> {
  const { count } = await tx`
    insert into processed_events (tenant_id, consumer, event_id)
    values (${event.tenantid}, ${consumer}, ${event.id})
    on conflict do nothing`
  if (count === 1) await handle(tx, event)
}
