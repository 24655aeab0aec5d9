import { countCap, page, type Sql } from '@helpdesk/postgres'
import type { Entry, ListEntriesRequest, ListEntriesResponse } from '@helpdesk/proto/audit'
import type { Call } from '@helpdesk/proto/call'
import { listEntries as schema, validate } from '@helpdesk/proto/schemas'
import type { Audit } from '../service.ts'

export async function listEntries(
  { sql, cursorSecret }: Audit,
  request: ListEntriesRequest,
  { tenantId }: Call,
): Promise<ListEntriesResponse> {
  const { cursor, limit, ...filters } = validate(schema, request)
  const matching = where(sql, tenantId, filters)
  return page<Entry>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['entries', tenantId, filters],
    rows: (after, take) => sql<Entry[]>`
      select id, event_id, event_key, actor_kind, actor_id, via, resource_type, resource_id, ticket_id, request_id,
             data, prev_hash, hash, created_at
        from audit_log
        left join audit_data using (tenant_id, id)
       where ${matching}
         ${after ? sql`and id < ${after[0] as number}` : sql``}
       order by id desc
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from audit_log where ${matching} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ id }) => [id],
  })
}

type Filters = Omit<ReturnType<typeof schema.parse>, 'cursor' | 'limit'>

function where(sql: Sql, tenantId: number, filters: Filters) {
  const { event_key, actor_kind, ticket_id, resource_type, resource_id, since, until } = filters
  return sql`
    tenant_id = ${tenantId}
    ${event_key ? sql`and event_key = ${event_key}` : sql``}
    ${actor_kind ? sql`and actor_kind = ${actor_kind}` : sql``}
    ${ticket_id ? sql`and ticket_id = ${ticket_id}` : sql``}
    ${resource_type ? sql`and resource_type = ${resource_type}` : sql``}
    ${resource_id ? sql`and resource_id = ${resource_id}` : sql``}
    ${since ? sql`and created_at >= ${since}` : sql``}
    ${until ? sql`and created_at < ${until}` : sql``}`
}
