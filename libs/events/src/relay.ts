import type { Sql } from '@helpdesk/postgres'
import { type Bus, type BusLog, isMissing } from './bus.ts'
import { assertLeading, lead } from './leader.ts'
import { idempotencyHours } from './mutate.ts'

interface RelayOptions {
  databaseUrl: string
  /** The producing service's name: there is one relay for each. */
  source: string
  bus: Bus
  log: BusLog
  /** How long published events stay in the outbox. */
  keepHours?: number
}

interface OutboxRow {
  tenant_id: number
  id: number
  event_id: string
  subject: string
  event: unknown
}

const batchSize = 500
const pollMs = 100
const sweepMs = 60_000

/** Publishes the outbox to JetStream, in order, for as long as this process leads. `wake` makes it look at once. */
export function startRelay({ databaseUrl, source, bus, log, keepHours = 168 }: RelayOptions) {
  const bell = new Bell()
  const leader = lead({
    databaseUrl,
    name: `outbox-relay/${source}`,
    log,
    async work({ sql, pid, signal }) {
      let sweptAt = 0
      while (!signal.aborted) {
        const rows = bus.connected ? await readUnpublished(sql, pid) : []
        if (rows.length === 0) await assertLeading(sql, pid)
        const published = await publish(bus, rows, log)
        await markPublished(sql, pid, published)
        if (Date.now() - sweptAt > sweepMs) {
          sweptAt = Date.now()
          await sweep(sql, keepHours)
        }
        const more = rows.length === batchSize && published.length === rows.length
        if (!more) await bell.wait(pollMs, signal)
      }
    },
  })
  return { wake: () => bell.ring(), [Symbol.asyncDispose]: () => leader[Symbol.asyncDispose]() }
}

/** What waits to be published: how many events, and for how long the oldest has. */
export async function outboxBacklog(sql: Sql): Promise<{ unpublished: number; oldest_seconds: number }> {
  const [row] = await sql<[{ unpublished: number; oldest_seconds: number }]>`
    select count(*) as unpublished,
           coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
      from outbox
     where published_at is null`
  return row
}

// Unpublished rows in id order, never ids above a mark: a sequence value is taken before its transaction commits, and
// a late committer would be skipped. The pid check keeps a connection that lost the lock from reading.
const readUnpublished = (sql: Sql, pid: number) => sql<OutboxRow[]>`
  select tenant_id, id, event_id, subject, event
    from outbox
   where published_at is null and pg_backend_pid() = ${pid}
   order by id
   limit ${batchSize}`

/** Sends a batch without waiting one by one, and gives the rows that JetStream acknowledged. */
async function publish(bus: Bus, rows: readonly OutboxRow[], log: BusLog): Promise<OutboxRow[]> {
  const jetstream = bus.jetstream()
  if (!jetstream || rows.length === 0) return []
  const sent = rows.map(({ subject, event, event_id }) =>
    jetstream.publish(subject, JSON.stringify(event), { msgID: event_id }),
  )
  const results = await Promise.allSettled(sent)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure) {
    log.warn({ err: failure.reason, events: rows.length }, 'Events were not acknowledged; they stay in the outbox')
    await restoreStream(bus, log)
  }
  return rows.filter((_, index) => results[index]?.status === 'fulfilled')
}

/** After a loss of the server's data the stream is gone although the connection is up. */
async function restoreStream(bus: Bus, log: BusLog): Promise<void> {
  try {
    await bus.ensureStream()
  } catch (error) {
    if (!isMissing(error)) log.warn({ err: error }, 'The event stream cannot be checked')
  }
}

async function markPublished(sql: Sql, pid: number, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update outbox
       set published_at = now()
      from unnest(${rows.map((row) => row.tenant_id)}::bigint[], ${rows.map((row) => row.id)}::bigint[]) as done (tenant_id, id)
     where outbox.tenant_id = done.tenant_id and outbox.id = done.id and pg_backend_pid() = ${pid}`
}

/** Drops what nobody needs any more: old published events, and idempotency keys past their time. */
async function sweep(sql: Sql, keepHours: number): Promise<void> {
  await sql`delete from outbox where published_at < now() - make_interval(hours => ${keepHours})`
  await sql`delete from idempotency_keys where created_at < now() - make_interval(hours => ${idempotencyHours})`
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
