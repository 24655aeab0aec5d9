import { type Call, checkVersion } from '@helpdesk/proto/call'
import { assignTicket as schema, validate } from '@helpdesk/proto/schemas'
import { type AssignTicketRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import type { Tickets } from '../service.ts'
import { changeTicket } from './change-ticket.ts'
import { lockTicket } from './ticket-sql.ts'

export async function assignTicket({ mutate }: Tickets, request: AssignTicketRequest, call: Call): Promise<Ticket> {
  const { agent_id } = validate(schema, { agent_id: request.agent_id })
  return mutate(call, TicketsServiceService.assignTicket, request, async (tx, emit) => {
    const ticket = await lockTicket(tx, call.tenantId, request)
    checkVersion(call, ticket.version)
    if (agent_id && agent_id !== ticket.agent_id) await knownAgent(tx, call.tenantId, agent_id)
    return changeTicket(tx, emit, call, ticket, { now: new Date(), fields: { agent_id } })
  })
}
