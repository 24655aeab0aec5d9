import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { listRequesters as schema, validate } from '@helpdesk/proto/schemas'
import type { ListRequestersRequest, ListRequestersResponse, Requester } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'

export async function listRequesters(
  { sql, cursorSecret }: Tickets,
  request: ListRequestersRequest,
  { tenantId }: Call,
): Promise<ListRequestersResponse> {
  const { cursor, limit, email } = validate(schema, request)
  const wanted = sql`tenant_id = ${tenantId} ${email ? sql`and email = ${email.toLowerCase()}` : sql``}`
  return page<Requester>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['requesters', tenantId, email],
    rows: (after, take) => sql<Requester[]>`
      select id, name, email, created_at, updated_at, version
        from requesters
       where ${wanted} ${after ? sql`and email > ${after[0] as string}` : sql``}
       order by email
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from requesters where ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ email }) => [email],
  })
}
