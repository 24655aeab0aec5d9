import { type Call, checkVersion } from '@helpdesk/proto/call'
import { moveTicket as schema, validate } from '@helpdesk/proto/schemas'
import { type MoveTicketRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { knownQueue } from '../queues/queue-sql.ts'
import type { Tickets } from '../service.ts'
import { changeTicket } from './change-ticket.ts'
import { lockTicket } from './ticket-sql.ts'

export async function moveTicket({ mutate }: Tickets, request: MoveTicketRequest, call: Call): Promise<Ticket> {
  const { queue_id } = validate(schema, { queue_id: request.queue_id })
  return mutate(call, TicketsServiceService.moveTicket, request, async (tx, emit) => {
    const ticket = await lockTicket(tx, call.tenantId, request)
    checkVersion(call, ticket.version)
    if (queue_id !== ticket.queue_id) await knownQueue(tx, call.tenantId, queue_id)
    return changeTicket(tx, emit, call, ticket, { now: new Date(), fields: { queue_id } })
  })
}
