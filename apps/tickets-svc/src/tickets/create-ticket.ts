import { randomBytes } from 'node:crypto'
import type { Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import type { TicketCreated } from '@helpdesk/proto/events'
import { createTicket as schema, validate } from '@helpdesk/proto/schemas'
import {
  type CreateTicketRequest,
  type NewRequester,
  type Ticket,
  TicketsServiceService,
  type TicketTag,
} from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import { type KnownHelpTopic, knownHelpTopic } from '../help-topics/help-topic-sql.ts'
import { learnHelpTopic } from '../help-topics/learn-help-topic.ts'
import { pickAgent } from '../queues/pick-agent.ts'
import { defaultQueue, findQueue, knownQueue, type TicketQueue } from '../queues/queue-sql.ts'
import { knownRequester, takeRequester } from '../requesters/requester-sql.ts'
import type { Tickets } from '../service.ts'
import { learnTags } from '../tags/learn-tags.ts'
import { takeTags } from '../tags/tag-sql.ts'
import { checkCustomFields, mergeCustomFields } from './custom-fields.ts'
import { addMessage } from './message-sql.ts'
import { referenceFrom } from './ticket.ts'
import { moveOpenTicket, ticketColumns } from './ticket-sql.ts'

export async function createTicket(tickets: Tickets, request: CreateTicketRequest, call: Call): Promise<Ticket> {
  const { tenantId } = call
  const wanted = validate(schema, request)
  const customFields = mergeCustomFields({}, wanted.custom_fields ?? {})
  await learnTags(tickets, call, wanted.tags ?? [])
  await learnHelpTopic(tickets, call, wanted.help_topic_id)
  return tickets.mutate(call, TicketsServiceService.createTicket, request, async (tx, emit) => {
    const topic = wanted.help_topic_id ? await knownHelpTopic(tx, tenantId, wanted.help_topic_id) : undefined
    if (topic) checkCustomFields(topic.custom_fields, customFields, customFields)
    const queue = await chooseQueue(tx, tenantId, wanted.queue_id, topic)
    if (wanted.agent_id) await knownAgent(tx, tenantId, wanted.agent_id)
    const tags = await takeTags(tx, tenantId, wanted.tags ?? [], 'tags')
    const requester = wanted.requester_id
      ? await knownRequester(tx, tenantId, wanted.requester_id)
      : await takeRequester(tx, emit, tenantId, wanted.requester as NewRequester)
    // Late, since the queue and the agent it picks stay locked to the end.
    const agentId = wanted.agent_id ?? (await pickAgent(tx, tenantId, queue)) ?? null
    const now = new Date()
    const inserted = await insertTicket(tx, {
      tenant_id: tenantId,
      subject: wanted.subject,
      status: 'new',
      priority: wanted.priority ?? topic?.default_priority ?? 'normal',
      source: wanted.source ?? 'api',
      queue_id: queue.id,
      help_topic_id: topic?.id ?? null,
      agent_id: agentId,
      requester_id: requester.id,
      custom_fields: tx.json(customFields as never),
      message_count: 1,
      last_message_at: now,
      created_at: now,
      updated_at: now,
    })
    const ticket = { ...inserted, tags }
    await addTags(tx, tenantId, ticket.id, tags, now)
    await moveOpenTicket(tx, tenantId, null, agentId)
    const messageId = await addMessage(tx, tenantId, {
      ticket_id: ticket.id,
      subject: wanted.subject,
      kind: 'reply',
      author: { kind: 'requester', id: requester.id },
      body_md: wanted.body_md,
      created_at: now,
    })
    emit('ticket.created', ticket.id, ticketCreated(ticket, messageId, wanted.body_md))
    return ticket
  })
}

/** The queue that was given, else the help topic's while it takes tickets, else the default. */
async function chooseQueue(
  tx: Tx,
  tenantId: number,
  wanted: number | null | undefined,
  topic: KnownHelpTopic | undefined,
): Promise<TicketQueue> {
  if (wanted) return knownQueue(tx, tenantId, wanted)
  const queue = topic?.queue_id ? await findQueue(tx, tenantId, topic.queue_id) : undefined
  return queue?.is_active ? queue : defaultQueue(tx, tenantId)
}

type TicketRow = Record<string, string | number | Date | null | ReturnType<Tx['json']>>

/** Inserts the ticket under a reference that is free; gives it as it is, without tags. */
async function insertTicket(tx: Tx, row: TicketRow): Promise<Ticket> {
  for (;;) {
    const [ticket] = await tx<Ticket[]>`
      with t as (
        insert into tickets ${tx({ ...row, reference: referenceFrom(randomBytes(7)) })}
        on conflict (tenant_id, reference) do nothing
        returning *)
      select ${ticketColumns(tx)} from t`
    if (ticket) return ticket
  }
}

async function addTags(
  tx: Tx,
  tenantId: number,
  ticketId: number,
  tags: readonly TicketTag[],
  now: Date,
): Promise<void> {
  if (tags.length === 0) return
  await tx`
    insert into ticket_tags (tenant_id, ticket_id, tag_id, updated_at)
    select ${tenantId}, ${ticketId}, unnest(${tags.map(({ id }) => id)}::bigint[]), ${now}`
}

const ticketCreated = (ticket: Ticket, messageId: number, body_md: string): TicketCreated => ({
  ticket_id: ticket.id,
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
  body_md,
  version: ticket.version,
})
