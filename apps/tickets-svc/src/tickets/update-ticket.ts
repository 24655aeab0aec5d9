import { type Call, checkVersion } from '@helpdesk/proto/call'
import { maskedFields, updateTicket as schema, validate } from '@helpdesk/proto/schemas'
import { type Ticket, TicketsServiceService, type UpdateTicketRequest } from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import { knownQueue } from '../queues/queue-sql.ts'
import type { Tickets } from '../service.ts'
import { learnTags } from '../tags/learn-tags.ts'
import { takeTags } from '../tags/tag-sql.ts'
import { changeTicket } from './change-ticket.ts'
import { lockTicket } from './ticket-sql.ts'

const updatable = ['subject', 'priority', 'queue_id', 'agent_id', 'tags'] as const

export async function updateTicket(tickets: Tickets, request: UpdateTicketRequest, call: Call): Promise<Ticket> {
  const { tags, ...fields } = validate(schema, maskedFields(request, updatable))
  await learnTags(tickets, call, tags ?? [])
  return tickets.mutate(call, TicketsServiceService.updateTicket, request, async (tx, emit) => {
    const ticket = await lockTicket(tx, call.tenantId, request)
    checkVersion(call, ticket.version)
    if (fields.queue_id) await knownQueue(tx, call.tenantId, fields.queue_id)
    if (fields.agent_id) await knownAgent(tx, call.tenantId, fields.agent_id)
    const wantedTags = tags && (await takeTags(tx, call.tenantId, tags, 'tags'))
    return changeTicket(tx, emit, call, ticket, { now: new Date(), fields, tags: wantedTags })
  })
}
