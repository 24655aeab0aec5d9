import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { listMessages as schema, validate } from '@helpdesk/proto/schemas'
import type { ListMessagesRequest, ListMessagesResponse, Message } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { messageAuthors, messageColumns } from './message-sql.ts'
import { findTicket } from './ticket-sql.ts'

export async function listMessages(
  { sql, cursorSecret }: Tickets,
  { id, reference, ...query }: ListMessagesRequest,
  { tenantId }: Call,
): Promise<ListMessagesResponse> {
  const { cursor, limit, kind } = validate(schema, query)
  const ticketId = await findTicket(sql, tenantId, { id, reference })
  const wanted = sql`m.tenant_id = ${tenantId} and m.ticket_id = ${ticketId} ${kind ? sql`and m.kind = ${kind}` : sql``}`
  return page<Message>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['messages', tenantId, ticketId, kind],
    rows: (after, take) => sql<Message[]>`
      select ${messageColumns(sql)}
        from messages m ${messageAuthors(sql)}
       where ${wanted} ${after ? sql`and m.id > ${after[0] as number}` : sql``}
       order by m.id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from messages m where ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ id }) => [id],
  })
}
