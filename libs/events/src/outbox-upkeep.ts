import type { Sql } from '@helpdesk/postgres'
import { type BusLog, retentionDays } from './bus.ts'
import { type Leadership, pause } from './leader.ts'
import { idempotencyHours } from './mutate.ts'

/** Asks audit-svc which of a tenant's events it has, up to 1,000 at once. Rejects when it cannot be asked. */
export type FindRecorded = (tenantId: number, eventIds: string[], signal: AbortSignal) => Promise<Recorded>

interface Recorded {
  /** Those that it has recorded or put aside. */
  event_ids: string[]
  /** What the stream took before this time and is not among them got lost; null when that cannot be told. */
  handled_until: Date | null
}

export interface UpkeepOptions {
  findRecorded: FindRecorded
  /** Told how many events that got lost wait to be published again. */
  onRepublish: (events: number) => void
  /** How long an event stays after audit-svc was found to have it, so that a new stream gets the last of them too. */
  keepHours: number
  /** How long an event stays that audit-svc does not have. */
  maxDays: number
  /** Milliseconds between comparisons. */
  compareMs?: number
  /** Milliseconds after which a published event that audit-svc does not have is taken for lost. */
  graceMs?: number
  log: BusLog
}

interface PublishedRow {
  tenant_id: number
  id: number
  event_id: string
}

type Connection = Pick<Leadership, 'sql' | 'pid'>

const batchSize = 1_000
const pruneMs = 60_000

/** Compares the outbox with the audit log, has what got lost published again, and drops what nobody needs any more. */
export async function keepOutbox({ sql, pid, signal }: Leadership, options: UpkeepOptions): Promise<void> {
  let prunedAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    const more = await compare({ sql, pid }, options, signal)
    if (performance.now() - prunedAt > pruneMs) {
      prunedAt = performance.now()
      await prune({ sql, pid }, options)
    }
    if (!more) await pause(options.compareMs ?? 5_000, signal)
  }
}

/** True when there may be more to compare at once. */
async function compare(
  { sql, pid }: Connection,
  { findRecorded, onRepublish, graceMs = 60_000, log }: UpkeepOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const rows = await readUnrecorded({ sql, pid })
  let confirmed = 0
  for (const [tenantId, events] of Map.groupBy(rows, ({ tenant_id }) => tenant_id)) {
    const eventIds = events.map(({ event_id }) => event_id)
    const answer = await findRecorded(tenantId, eventIds, signal).catch((error) => {
      if (!signal.aborted) log.warn({ err: error }, 'audit-svc cannot be asked for events; none is dropped meanwhile')
    })
    if (!answer) return false
    const has = new Set(answer.event_ids)
    const recorded = events.filter(({ event_id }) => has.has(event_id))
    const missing = events.filter(({ event_id }) => !has.has(event_id))
    await markRecorded({ sql, pid }, recorded)
    confirmed += recorded.length
    if (missing.length === 0 || !answer.handled_until) continue
    const lost = await makeUnpublished({ sql, pid }, missing, new Date(answer.handled_until.getTime() - graceMs))
    if (lost === 0) continue
    onRepublish(lost)
    log.warn(
      { events: lost, tenant_id: tenantId },
      'Events got lost on their way to the audit log; publishing them again',
    )
  }
  return rows.length === batchSize && confirmed > 0
}

const readUnrecorded = ({ sql, pid }: Connection) => sql<PublishedRow[]>`
  select tenant_id, id, event_id
    from outbox
   where published_at is not null and recorded_at is null and pg_backend_pid() = ${pid}
   order by id
   limit ${batchSize}`

async function markRecorded({ sql, pid }: Connection, rows: readonly PublishedRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update outbox
       set recorded_at = now()
      from ${listed(sql, rows)}
     where outbox.tenant_id = listed.tenant_id and outbox.id = listed.id and pg_backend_pid() = ${pid}`
}

/** Gives how many of the rows were published before a time, and have to be published again. */
async function makeUnpublished({ sql, pid }: Connection, rows: readonly PublishedRow[], before: Date): Promise<number> {
  const { count } = await sql`
    update outbox
       set published_at = null
      from ${listed(sql, rows)}
     where outbox.tenant_id = listed.tenant_id and outbox.id = listed.id
       and published_at < ${before} and pg_backend_pid() = ${pid}`
  return count
}

const listed = (sql: Sql, rows: readonly PublishedRow[]) => sql`
  unnest(${rows.map(({ tenant_id }) => tenant_id)}::bigint[], ${rows.map(({ id }) => id)}::bigint[])
      as listed (tenant_id, id)`

/** In steps, so that nothing to be published waits for long. */
async function prune({ sql, pid }: Connection, { keepHours, maxDays }: UpkeepOptions): Promise<void> {
  await untilNone(
    () => sql`
    delete from outbox
     using (select tenant_id, id, recorded_at from outbox
             where published_at is not null and recorded_at is not null order by id limit ${batchSize}) as oldest
     where outbox.tenant_id = oldest.tenant_id and outbox.id = oldest.id
       and oldest.recorded_at < now() - make_interval(secs => ${keepHours * 3_600}) and pg_backend_pid() = ${pid}`,
  )
  await untilNone(
    () => sql`
    delete from outbox
     using (select tenant_id, id, created_at from outbox
             where published_at is not null and recorded_at is null order by id limit ${batchSize}) as oldest
     where outbox.tenant_id = oldest.tenant_id and outbox.id = oldest.id
       and oldest.created_at < now() - make_interval(days => ${maxDays}) and pg_backend_pid() = ${pid}`,
  )
  await untilNone(
    () => sql`
    delete from idempotency_keys
     where ctid = any(array(
             select ctid from idempotency_keys
              where created_at < now() - make_interval(hours => ${idempotencyHours}) limit ${batchSize}))
       and pg_backend_pid() = ${pid}`,
  )
  // An event may wait in an outbox that long, and in the stream that long after it.
  await untilNone(
    () => sql`
    delete from processed_events
     where ctid = any(array(
             select ctid from processed_events
              where processed_at < now() - make_interval(days => ${maxDays + retentionDays}) limit ${batchSize}))
       and pg_backend_pid() = ${pid}`,
  )
}

async function untilNone(step: () => PromiseLike<{ count: number }>): Promise<void> {
  while ((await step()).count > 0);
}
