import { randomBytes } from 'node:crypto'
import type { Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { createTicket as schema, validate } from '@helpdesk/proto/schemas'
import {
  type CreateTicketRequest,
  type NewRequester,
  type Ticket,
  TicketsServiceService,
} from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import { pickAgent } from '../queues/pick-agent.ts'
import { defaultQueue, knownQueue } from '../queues/queue-sql.ts'
import { knownRequester, takeRequester } from '../requesters/requester-sql.ts'
import type { Tickets } from '../service.ts'
import { learnTags } from '../tags/learn-tags.ts'
import { takeTags } from '../tags/tag-sql.ts'
import { addMessages } from './message-sql.ts'
import { referenceFrom } from './ticket.ts'
import { moveOpenTicket, readTicket } from './ticket-sql.ts'

export async function createTicket(tickets: Tickets, request: CreateTicketRequest, call: Call): Promise<Ticket> {
  const wanted = validate(schema, request)
  const { tenantId } = call
  await learnTags(tickets, call, wanted.tags ?? [])
  return tickets.mutate(call, TicketsServiceService.createTicket, request, async (tx, emit) => {
    const queue = wanted.queue_id ? await knownQueue(tx, tenantId, wanted.queue_id) : await defaultQueue(tx, tenantId)
    if (wanted.agent_id) await knownAgent(tx, tenantId, wanted.agent_id)
    const tags = await takeTags(tx, tenantId, wanted.tags ?? [], 'tags')
    const requester = wanted.requester_id
      ? await knownRequester(tx, tenantId, wanted.requester_id)
      : await takeRequester(tx, emit, tenantId, wanted.requester as NewRequester)
    // Last of what may wait: the queue and the agent it picks stay locked to the end.
    const agentId = wanted.agent_id ?? (await pickAgent(tx, tenantId, queue)) ?? null
    const now = new Date()
    const ticketId = await insertTicket(tx, {
      tenant_id: tenantId,
      subject: wanted.subject,
      status: 'new',
      priority: wanted.priority ?? 'normal',
      source: wanted.source ?? 'api',
      queue_id: queue.id,
      agent_id: agentId,
      requester_id: requester.id,
      message_count: 1,
      last_message_at: now,
      created_at: now,
      updated_at: now,
    })
    if (tags.length > 0) {
      await tx`insert into ticket_tags ${tx(tags.map(({ id }) => ({ tenant_id: tenantId, ticket_id: ticketId, tag_id: id })))}`
    }
    await moveOpenTicket(tx, tenantId, null, agentId)
    const [messageId = 0] = await addMessages(tx, tenantId, [
      {
        ticket_id: ticketId,
        kind: 'reply',
        author_kind: 'requester',
        author_id: requester.id,
        body_md: wanted.body_md,
        created_at: now,
      },
    ])
    const ticket = await readTicket(tx, tenantId, { id: ticketId })
    emit('ticket.created', ticketId, {
      ticket_id: ticketId,
      reference: ticket.reference,
      subject: ticket.subject,
      status: ticket.status,
      priority: ticket.priority,
      source: ticket.source,
      queue_id: ticket.queue_id,
      help_topic_id: ticket.help_topic_id ?? null,
      agent_id: ticket.agent_id ?? null,
      requester: ticket.requester,
      tags: ticket.tags.map(({ slug }) => slug),
      custom_fields: ticket.custom_fields,
      message_id: messageId,
      body_md: wanted.body_md,
      version: ticket.version,
    })
    return ticket
  })
}

/** Inserts the ticket under a reference that is free; gives its id. */
async function insertTicket(tx: Tx, row: Record<string, string | number | Date | null>): Promise<number> {
  for (;;) {
    const [ticket] = await tx<{ id: number }[]>`
      insert into tickets ${tx({ ...row, reference: referenceFrom(randomBytes(7)) })}
      on conflict (tenant_id, reference) do nothing
      returning id`
    if (ticket) return ticket.id
  }
}
