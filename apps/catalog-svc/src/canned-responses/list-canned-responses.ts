import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import type { CannedResponse, ListCannedResponsesRequest, ListCannedResponsesResponse } from '@helpdesk/proto/catalog'
import { listCannedResponses as schema, validate } from '@helpdesk/proto/schemas'
import type { Catalog } from '../service.ts'
import { cannedResponseColumns } from './canned-response-sql.ts'

export async function listCannedResponses(
  { sql, cursorSecret }: Catalog,
  request: ListCannedResponsesRequest,
  { tenantId }: Call,
): Promise<ListCannedResponsesResponse> {
  const { cursor, limit, queue_id, is_active } = validate(schema, request)
  const matching = sql`
    tenant_id = ${tenantId}
    ${queue_id ? sql`and (queue_id = ${queue_id} or queue_id is null)` : sql``}
    ${is_active == null ? sql`` : sql`and is_active = ${is_active}`}`
  return page<CannedResponse>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['canned_responses', tenantId, queue_id, is_active],
    rows: (after, take) => sql<CannedResponse[]>`
      select ${cannedResponseColumns(sql)}
        from canned_responses
       where ${matching}
         ${after ? sql`and (sort_order, title, id) > (${after[0] as number}, ${after[1] as string}, ${after[2] as number})` : sql``}
       order by sort_order, title, id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from canned_responses where ${matching} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ sort_order, title, id }) => [sort_order, title, id],
  })
}
