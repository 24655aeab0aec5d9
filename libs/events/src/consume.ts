import { setTimeout as sleep } from 'node:timers/promises'
import { isUnreachable, type Sql, type Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import { AckPolicy, DeliverPolicy, type JsMsg, nanos } from 'nats'
import { type Bus, type BusLog, streamName } from './bus.ts'
import { park } from './dead-letters.ts'
import { decodeEvent } from './event.ts'

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
 * One that fails `maxTries` times is parked in dead_letters, and those behind it go on.
 */
export function consume(options: ConsumeOptions): AsyncDisposable {
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await pull(options, stopping.signal)
      } catch (error) {
        if (!stopping.signal.aborted) options.log.warn({ err: error, consumer: options.consumer }, 'Consuming again')
      }
      await sleep(250, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

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
  const messages = await source.consume({ max_messages: 64, abort_on_missing_resource: true })
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

async function settle({ sql, consumer, handle, log }: ConsumeOptions, message: JsMsg): Promise<void> {
  // 1 at the first delivery.
  const tries = message.info.redeliveryCount
  try {
    const event = decodeEvent(message.data)
    await sql.begin(async (tx) => {
      if (await isFirstTime(tx, consumer, event)) await handle(tx, event)
    })
    message.ack()
  } catch (error) {
    const poison = { subject: message.subject, payload: message.data, messageId: idOf(message) }
    log.error({ err: error, consumer, event_id: poison.messageId, tries }, 'An event could not be handled')
    if (tries < maxTries || isUnreachable(error)) {
      message.nak(Math.min(250 * 2 ** tries, 10_000))
      return
    }
    await park(sql, consumer, poison, error)
    message.term()
  }
}

async function isFirstTime(tx: Tx, consumer: string, event: DomainEvent): Promise<boolean> {
  const rows = await tx`
    insert into processed_events (tenant_id, consumer, event_id)
    values (${event.tenantid}, ${consumer}, ${event.id})
    on conflict do nothing
    returning event_id`
  return rows.length === 1
}

export const idOf = (message: JsMsg): string => message.headers?.get('Nats-Msg-Id') || `seq-${message.seq}`
