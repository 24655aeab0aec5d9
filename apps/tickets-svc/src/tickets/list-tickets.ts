import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { listTickets as schema, validate } from '@helpdesk/proto/schemas'
import type { ListTicketsRequest, ListTicketsResponse, Ticket } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { ticketColumns } from './ticket-sql.ts'

export async function listTickets(
  { sql, cursorSecret }: Tickets,
  request: ListTicketsRequest,
  { tenantId }: Call,
): Promise<ListTicketsResponse> {
  const { cursor, limit, status } = validate(schema, request)
  const wanted = status?.length ? sql`and status = any(${status})` : sql``
  return page<Ticket>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['tickets', tenantId, status],
    rows: (after, take) => sql<Ticket[]>`
      select ${ticketColumns(sql)}
        from (select *
                from tickets
               where tenant_id = ${tenantId} ${wanted}
                 ${after ? sql`and (updated_at, id) < (${after[0] as string}, ${after[1] as number})` : sql``}
               order by updated_at desc, id desc
               limit ${take}) t
        join requesters r on r.tenant_id = t.tenant_id and r.id = t.requester_id
       order by t.updated_at desc, t.id desc`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*)
          from (select 1 from tickets where tenant_id = ${tenantId} ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ updated_at, id }) => [updated_at?.toISOString() ?? '', id],
  })
}
