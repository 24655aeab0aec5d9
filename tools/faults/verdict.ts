// Holds the ledger of what clients were told against the databases and the audit log.

import { setTimeout as sleep } from 'node:timers/promises'
import type { DoubledSystem, Tenant } from './doubled-system.ts'
import type { Change, Ledger } from './load.ts'

/** What is wrong, in words; empty lists when nothing is. */
export interface Verdict {
  lost: string[]
  duplicated: string[]
  out_of_order: string[]
}

interface Entry {
  id: number
  event_id: string
  event_key: string
  /** `ticket 17` */
  resource: string
  request_id: string
  version: number | null
  changes: Record<string, [unknown, unknown]> | null
}

/** A ticket or tag as its database has it. */
interface Resource {
  resource: string
  version: number
  fields: Record<string, unknown>
}

/** The verdict once everything has arrived. What has not after a minute is lost. */
export async function finalVerdict(...asked: Parameters<typeof judge>): Promise<Verdict> {
  for (const giveUpAt = Date.now() + 60_000; ; await sleep(100)) {
    const verdict = await judge(...asked)
    const isFinal = verdict.lost.length === 0 || verdict.duplicated.length > 0 || verdict.out_of_order.length > 0
    if (isFinal || Date.now() > giveUpAt) return verdict
  }
}

async function judge(
  { sql }: Pick<DoubledSystem, 'sql'>,
  { tenant_id }: Tenant,
  { changes }: Ledger,
): Promise<Verdict> {
  const [entries, emitted, messages, tickets, tags, knownTags, parked] = await Promise.all([
    readEntries(sql.audit, tenant_id),
    readEmitted(sql, tenant_id),
    readMessages(sql.tickets, tenant_id),
    readTickets(sql.tickets, tenant_id),
    readTags(sql.catalog, tenant_id),
    readTags(sql.tickets, tenant_id),
    readParked(sql, tenant_id),
  ])
  const verdict: Verdict = { lost: [...parked], duplicated: [], out_of_order: [] }
  const { lost, duplicated } = verdict

  const timesRecorded = countBy(entries, ({ event_id }) => event_id)
  for (const { event_id, type } of emitted) {
    if (!timesRecorded.has(event_id)) lost.push(`event ${event_id} (${type}) is not in the audit log`)
  }
  const everEmitted = new Set(emitted.map(({ event_id }) => event_id))
  for (const [event_id, times] of timesRecorded) {
    if (!everEmitted.has(event_id)) lost.push(`event ${event_id} is in the audit log, and not in its outbox`)
    if (times > 1) duplicated.push(`event ${event_id} is ${times} times in the audit log`)
  }

  const timesTold = countBy(entries, ({ request_id, event_key }) => `${request_id} ${event_key}`)
  for (const [what, times] of timesTold) {
    if (times > 1) duplicated.push(`change ${what} is ${times} times in the audit log`)
  }
  for (const change of changes) {
    if (change.acknowledged && !timesTold.has(`${change.id} ${change.event}`)) {
      lost.push(`change ${change.id} ${change.event} was acknowledged and is not in the audit log`)
    }
    if (!('body_md' in change.body)) continue
    const times = messages.get(change.id) ?? 0
    if (change.acknowledged && times === 0)
      lost.push(`message ${change.id} was acknowledged and is not in its database`)
    if (times > 1) duplicated.push(`message ${change.id} is ${times} times in its database`)
  }

  const entriesOf = Map.groupBy(entries, ({ resource }) => resource)
  const rows = [...tickets, ...tags]
  for (const row of rows) compareHistory(row, entriesOf.get(row.resource) ?? [], verdict)
  const versions = new Map(rows.map(({ resource, version }) => [resource, version]))
  for (const change of changes) checkVersion(change, versions, lost)
  if (JSON.stringify(tags) !== JSON.stringify(knownTags)) lost.push('tickets-svc does not know the tags as they are')
  return verdict
}

/** A resource's history: every version, in order, up to what its row holds. */
function compareHistory({ resource, version, fields }: Resource, entries: Entry[], verdict: Verdict): void {
  let reached = 0
  const told: Record<string, unknown> = {}
  for (const entry of entries) {
    const next = entry.version ?? 0
    if (next < reached) verdict.out_of_order.push(`${resource}: version ${next} is recorded behind ${reached}`)
    if (next > reached + 1) verdict.lost.push(`${resource}: between ${reached} and ${next} a version is not recorded`)
    reached = Math.max(reached, next)
    for (const [field, [, value]] of Object.entries(entry.changes ?? {})) told[field] = value
  }
  if (reached !== version) verdict.lost.push(`${resource}: its row has version ${version}, the audit log ${reached}`)
  for (const [field, value] of Object.entries(told)) {
    if (JSON.stringify(fields[field]) !== JSON.stringify(value)) {
      const [inRow, inLog] = [fields[field], value].map((each) => JSON.stringify(each))
      verdict.lost.push(`${resource}: its ${field} is ${inRow}, the audit log says ${inLog}`)
    }
  }
}

/** What was acknowledged is there, at the version that the client was told or a later one. */
function checkVersion({ id, event, acknowledged }: Change, versions: Map<string, number>, lost: string[]): void {
  if (!acknowledged?.version) return
  const resource = `${event.split('.')[0]} ${acknowledged.id}`
  const version = versions.get(resource)
  if (!version || version < acknowledged.version) {
    lost.push(`${resource}: ${id} was acknowledged as version ${acknowledged.version}, its database has ${version}`)
  }
}

type Databases = DoubledSystem['sql']
type Sql = Databases['audit']

const readEntries = (sql: Sql, tenantId: number) => sql<Entry[]>`
  select id, event_id, event_key, resource_type || ' ' || resource_id as resource, request_id,
         (data->>'version')::int as version, data->'changes' as changes
    from audit_log
    join audit_data using (tenant_id, id)
   where tenant_id = ${tenantId}
   order by id`

interface Emitted {
  event_id: string
  type: string
}

async function readEmitted(sql: Databases, tenantId: number): Promise<Emitted[]> {
  const read = (database: Sql) => database<Emitted[]>`
    select event_id, event->>'type' as type from outbox where tenant_id = ${tenantId}`
  return (await Promise.all([sql.gateway, sql.tickets, sql.catalog, sql.ai].map(read))).flat()
}

/** How often each text is the text of a message. */
async function readMessages(sql: Sql, tenantId: number): Promise<Map<string, number>> {
  const rows = await sql<{ body_md: string; count: number }[]>`
    select body_md, count(*) from messages where tenant_id = ${tenantId} and body_md is not null group by body_md`
  return new Map(rows.map(({ body_md, count }) => [body_md, count]))
}

const readTickets = (sql: Sql, tenantId: number) => sql<Resource[]>`
  select 'ticket ' || id as resource, version,
         jsonb_build_object(
           'subject', subject, 'status', status,
           'tags', array(select slug from ticket_tags t join tags g on (g.tenant_id, g.id) = (t.tenant_id, t.tag_id)
                          where t.tenant_id = tickets.tenant_id and ticket_id = tickets.id order by slug)) as fields
    from tickets
   where tenant_id = ${tenantId}
   order by id`

/** Of catalog-svc, or what tickets-svc knows of them. */
const readTags = (sql: Sql, tenantId: number) => sql<Resource[]>`
  select 'tag ' || id as resource, version, jsonb_build_object('slug', slug, 'name', name, 'color', color) as fields
    from tags
   where tenant_id = ${tenantId}
   order by id`

async function readParked(sql: Databases, tenantId: number): Promise<string[]> {
  const read = (database: Sql) => database<{ consumer: string; event_id: string; error: string }[]>`
    select consumer, event_id, error from dead_letters where tenant_id = ${tenantId}`
  const rows = (await Promise.all(Object.values(sql).map(read))).flat()
  return rows.map(({ consumer, event_id, error }) => `${consumer} put ${event_id} aside: ${error}`)
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}
