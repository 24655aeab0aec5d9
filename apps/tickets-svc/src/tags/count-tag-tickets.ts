import type { Call } from '@helpdesk/proto/call'
import type { CountTagTicketsRequest, CountTagTicketsResponse } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'

export async function countTagTickets(
  { sql }: Tickets,
  request: CountTagTicketsRequest,
  call: Call,
): Promise<CountTagTicketsResponse> {
  const [row] = await sql<[CountTagTicketsResponse]>`
    select count(*) as ticket_count from ticket_tags where tenant_id = ${call.tenantId} and tag_id = ${request.id}`
  return row
}
