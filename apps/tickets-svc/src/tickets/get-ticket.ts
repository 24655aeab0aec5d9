import type { Call } from '@helpdesk/proto/call'
import type { GetTicketRequest, Ticket } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { readTicket } from './ticket-sql.ts'

export async function getTicket({ sql }: Tickets, request: GetTicketRequest, call: Call): Promise<Ticket> {
  return readTicket(sql, call.tenantId, request)
}
