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
  const { cursor, limit, kind, newest_first } = validate(schema, query)
  const ticketId = await findTicket(sql, tenantId, { id, reference })
  const wanted = sql`m.tenant_id = ${tenantId} and m.ticket_id = ${ticketId} ${kind ? sql`and m.kind = ${kind}` : sql``}`
  const further = newest_first ? sql`<` : sql`>`
  return page<Message>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['messages', tenantId, ticketId, kind, newest_first],
    rows: (after, take) => sql<Message[]>`
      select ${messageColumns(sql)}
        from messages m ${messageAuthors(sql)}
       where ${wanted} ${after ? sql`and m.id ${further} ${after[0] as number}` : sql``}
       order by m.id ${newest_first ? sql`desc` : sql``}
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from messages m where ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ id }) => [id],
  })
}
