import { type Call, checkVersion } from '@helpdesk/proto/call'
import { setTicketStatus as schema, validate } from '@helpdesk/proto/schemas'
import { type SetTicketStatusRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { changeTicket } from './change-ticket.ts'
import { lockTicket } from './ticket-sql.ts'

export async function setTicketStatus(
  { mutate }: Tickets,
  request: SetTicketStatusRequest,
  call: Call,
): Promise<Ticket> {
  const { status } = validate(schema, { status: request.status })
  return mutate(call, TicketsServiceService.setTicketStatus, request, async (tx, emit) => {
    const ticket = await lockTicket(tx, call.tenantId, request)
    checkVersion(call, ticket.version)
    return changeTicket(tx, emit, call, ticket, { now: new Date(), fields: { status } })
  })
}
