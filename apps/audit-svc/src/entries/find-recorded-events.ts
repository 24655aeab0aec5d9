import { handledUntil } from '@helpdesk/events'
import type { FindRecordedEventsRequest, FindRecordedEventsResponse } from '@helpdesk/proto/audit'
import type { Call } from '@helpdesk/proto/call'
import { findRecordedEvents as schema, validate } from '@helpdesk/proto/schemas'
import { type Audit, name } from '../service.ts'

export async function findRecordedEvents(
  { sql, bus }: Audit,
  request: FindRecordedEventsRequest,
  { tenantId }: Call,
): Promise<FindRecordedEventsResponse> {
  const { event_ids } = validate(schema, request)
  // Asked before the log is read, so that the log is at least so far.
  const handled_until = await handledUntil(bus, sql, name)
  const found = await sql<{ event_id: string }[]>`
    select event_id from audit_log where tenant_id = ${tenantId} and event_id = any(${event_ids})
    union
    select event_id from dead_letters
     where tenant_id = ${tenantId} and consumer = ${name} and event_id = any(${event_ids})`
  return { event_ids: found.map(({ event_id }) => event_id), handled_until: handled_until ?? null }
}
