import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '@helpdesk/postgres'
import type { Bus } from './bus.ts'
import { type Acknowledged, KnownStream } from './known-stream.ts'
import { type Leadership, lead, together } from './leader.ts'
import { keepOutbox, type UpkeepOptions } from './outbox-upkeep.ts'
import { type StreamPosition, savePosition } from './stream-position.ts'

interface RelayOptions extends UpkeepOptions {
  databaseUrl: string
  /** The producing service's name: there is one relay for each. */
  source: string
  bus: Bus
}

interface OutboxRow {
  tenant_id: number
  id: number
  event_id: string
  subject: string
  event: { subject: string }
}

type Connection = Pick<Leadership, 'sql' | 'pid'>
type Published = OutboxRow & Acknowledged

const batchSize = 500
const pollMs = 100
/** Between two rounds, so that a load of writes is published in batches. The first event after a pause goes at once. */
const gatherMs = 20

/**
 * Publishes the outbox to JetStream, in order, and sees that it arrives in the audit log, for as long as this process
 * leads. `wake` makes it look at once.
 */
export function startRelay(options: RelayOptions) {
  const { databaseUrl, source, bus, log } = options
  const bell = new Bell()
  const name = `outbox-relay/${source}`
  const leader = lead({
    databaseUrl,
    name,
    log,
    work: (leadership) =>
      together(
        leadership.signal,
        (signal) => publishOutbox({ ...leadership, signal }),
        (signal) => keepOutbox({ ...leadership, signal }, options),
      ),
  })
  return { wake: () => bell.ring(), [Symbol.asyncDispose]: () => leader[Symbol.asyncDispose]() }

  async function publishOutbox({ sql, pid, signal }: Leadership): Promise<void> {
    using stream = new KnownStream({ bus, sql, pid, name, log })
    while (!signal.aborted) {
      const more = await publishNext()
      if (!more) await Promise.all([bell.wait(pollMs, signal), sleep(gatherMs)])
    }

    /** True when there may be more to publish at once. */
    async function publishNext(): Promise<boolean> {
      const isReady = await stream.isReady(async () => {
        const events = await makeUnpublished({ sql, pid })
        log.warn({ events }, 'The event stream lost what it had; publishing again what the outbox has kept')
      })
      const rows = isReady ? await readUnpublished({ sql, pid }) : []
      if (rows.length === 0) return false
      const { published, failure } = await publish(bus, rows)
      if (failure) {
        const events = rows.length - published.length
        log.warn({ err: failure, events }, 'Events were not acknowledged; they stay in the outbox')
        stream.doubt()
      }
      const position = stream.advance(published)
      if (position) await markPublished({ sql, pid }, name, published, position)
      return !failure && rows.length === batchSize
    }
  }
}

/** What the outbox holds. The counts go up to 100,000: they are asked for often, and counting that takes 10 ms. */
export interface OutboxBacklog {
  unpublished: number
  /** How long the oldest of them has waited. */
  oldest_seconds: number
  /** Published, and not known to be in the audit log. */
  unrecorded: number
}

export async function outboxBacklog(sql: Sql): Promise<OutboxBacklog> {
  const most = 100_000
  const [row] = await sql<[OutboxBacklog]>`
    select (select count(*) from (select from outbox where published_at is null limit ${most}) as counted) as unpublished,
           coalesce(
             (select extract(epoch from now() - created_at) from outbox where published_at is null order by id limit 1),
             0)::float8 as oldest_seconds,
           (select count(*) from (select from outbox where published_at is not null and recorded_at is null limit ${most})
              as counted) as unrecorded`
  return row
}

// Unpublished rows in id order, never ids above a mark: a sequence value is taken before its transaction commits, and
// a late committer would be skipped. The pid check keeps a connection that lost the lock from reading, until the
// leader's heartbeat notices.
const readUnpublished = ({ sql, pid }: Connection) => sql<OutboxRow[]>`
  select tenant_id, id, event_id, subject, event
    from outbox
   where published_at is null and pg_backend_pid() = ${pid}
   order by id
   limit ${batchSize}`

/**
 * Sends a batch, and gives the rows that JetStream acknowledged. Events of one resource go one behind the other: of two
 * sent together the first may get lost and the second not. Those of different resources do not wait for one another.
 */
async function publish(bus: Bus, rows: readonly OutboxRow[]): Promise<{ published: Published[]; failure?: unknown }> {
  const jetstream = bus.jetstream()
  const published: Published[] = []
  const byResource = Map.groupBy(rows, ({ tenant_id, event }) => `${tenant_id} ${event.subject}`)
  const sent = [...byResource.values()].map(async (events) => {
    for (const row of events) {
      const ack = await jetstream?.publish(row.subject, JSON.stringify(row.event), { msgID: row.event_id })
      if (ack) published.push({ ...row, seq: ack.seq, duplicate: ack.duplicate })
    }
  })
  const failed = (await Promise.allSettled(sent)).find((result) => result.status === 'rejected')
  return { published, ...(failed && { failure: failed.reason }) }
}

/** Both or neither, so that a position is never behind what is marked. */
async function markPublished(
  { sql, pid }: Connection,
  name: string,
  rows: readonly OutboxRow[],
  position: StreamPosition,
): Promise<void> {
  await sql`
    with marked as (
      update outbox
         set published_at = now()
        from unnest(${rows.map((row) => row.tenant_id)}::bigint[], ${rows.map((row) => row.id)}::bigint[])
             as done (tenant_id, id)
       where outbox.tenant_id = done.tenant_id and outbox.id = done.id and pg_backend_pid() = ${pid})
    ${savePosition(sql, pid, name, position)}`
}

/** Every kept row waits to be published once more. Gives how many. In steps that leave the statement timeout alone. */
async function makeUnpublished({ sql, pid }: Connection): Promise<number> {
  const step = 5_000
  for (let total = 0; ; ) {
    const { count } = await sql`
      with kept as (
        (select tenant_id, id from outbox where published_at is not null and recorded_at is null
          order by id limit ${step})
        union all
        (select tenant_id, id from outbox where published_at is not null and recorded_at is not null
          order by id limit ${step}))
      update outbox
         set published_at = null
        from kept
       where outbox.tenant_id = kept.tenant_id and outbox.id = kept.id and pg_backend_pid() = ${pid}`
    total += count
    if (count === 0) return total
  }
}

/** Wakes a loop early. A ring while nobody waits is kept for the next wait. */
class Bell {
  #rung = false
  #wakeUp: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wakeUp?.()
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wakeUp = () => resolve()
      const timer = setTimeout(wakeUp, ms)
      this.#wakeUp = wakeUp
      signal.addEventListener('abort', wakeUp, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', wakeUp)
      this.#wakeUp = undefined
    }
    this.#rung = false
  }
}
