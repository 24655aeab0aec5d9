import { randomBytes } from 'node:crypto'
import { consumeInOrder } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import { emptyChain, entryOf, type Head } from '../entries/entry.ts'

/** Appends every event to its tenant's chain, in the stream's order. */
export const consumeEvents = (options: Omit<Parameters<typeof consumeInOrder>[0], 'filter' | 'handle'>) =>
  consumeInOrder({ ...options, filter: 'helpdesk.events.>', handle: append })

/** A batch takes five statements, whatever its size, sent in two goes. */
async function append(tx: Tx, events: readonly DomainEvent[]): Promise<void> {
  const [heads, unseen] = await Promise.all([lockHeads(tx, events), withoutKnown(tx, events)])
  const entries = unseen.map((event) => {
    const entry = entryOf(event, heads.get(event.tenantid) ?? emptyChain(event.tenantid), newSalt())
    heads.set(event.tenantid, entry.log)
    return entry
  })
  if (entries.length === 0) return
  const asJson = (rows: object[]) => tx.json(rows as never)
  // As one JSON parameter: a statement with a parameter for each value would be another statement for each batch size.
  await Promise.all([
    tx`
      insert into audit_log (tenant_id, id, event_id, event_key, actor_kind, actor_id, via, resource_type, resource_id,
                             ticket_id, request_id, data_sha256, prev_hash, hash, created_at)
      select tenant_id, id, event_id, event_key, actor_kind, actor_id, via, resource_type, resource_id,
             ticket_id, request_id, data_sha256, prev_hash, hash, created_at
        from jsonb_populate_recordset(null::audit_log, ${asJson(entries.map(({ log }) => log))})`,
    tx`
      insert into audit_data (tenant_id, id, salt, data)
      select tenant_id, id, salt, data
        from jsonb_populate_recordset(null::audit_data, ${asJson(entries.map(({ data }) => data))})`,
    tx`
      insert into audit_heads (tenant_id, id, hash)
      select tenant_id, id, hash
        from jsonb_populate_recordset(null::audit_heads, ${asJson([...heads.values()])})
      on conflict (tenant_id) do update set id = excluded.id, hash = excluded.hash`,
  ])
}

/** The heads of the tenants that the events are of, locked until the transaction ends. */
async function lockHeads(tx: Tx, events: readonly DomainEvent[]): Promise<Map<number, Head>> {
  const tenants = [...new Set(events.map(({ tenantid }) => tenantid))]
  const heads = await tx<Head[]>`
    select tenant_id, id, hash
      from audit_heads
     where tenant_id = any(${tenants}::bigint[])
     order by tenant_id
       for update`
  return new Map(heads.map((head) => [head.tenant_id, head]))
}

/** The events that are not in the log yet, each once: the stream may deliver one again. */
async function withoutKnown(tx: Tx, events: readonly DomainEvent[]): Promise<DomainEvent[]> {
  const known = await tx<{ tenant_id: number; event_id: string }[]>`
    select tenant_id, event_id
      from audit_log
      join unnest(${events.map((event) => event.tenantid)}::bigint[], ${events.map((event) => event.id)}::text[])
           as arrived (tenant_id, event_id) using (tenant_id, event_id)`
  const seen = new Set(known.map(({ tenant_id, event_id }) => `${tenant_id} ${event_id}`))
  return events.filter(({ tenantid, id }) => {
    const key = `${tenantid} ${id}`
    return !seen.has(key) && seen.add(key)
  })
}

const newSalt = () => randomBytes(16).toString('hex')
