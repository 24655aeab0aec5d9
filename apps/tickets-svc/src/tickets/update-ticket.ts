import type { Tx } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { invalidField } from '@helpdesk/proto/errors'
import { maskedFields, updateTicket as schema, validate } from '@helpdesk/proto/schemas'
import { type Ticket, TicketsServiceService, type TicketTag, type UpdateTicketRequest } from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import { findHelpTopic, knownHelpTopic } from '../help-topics/help-topic-sql.ts'
import { learnHelpTopic } from '../help-topics/learn-help-topic.ts'
import { knownQueue } from '../queues/queue-sql.ts'
import { knownRequester } from '../requesters/requester-sql.ts'
import type { Tickets } from '../service.ts'
import { learnTags } from '../tags/learn-tags.ts'
import { takeTags } from '../tags/tag-sql.ts'
import { changeTicket } from './change-ticket.ts'
import { type CustomFields, checkCustomFields, mergeCustomFields } from './custom-fields.ts'
import type { TicketFields } from './ticket.ts'
import { lockTicket } from './ticket-sql.ts'

const updatable = [
  'subject',
  'priority',
  'queue_id',
  'agent_id',
  'requester_id',
  'help_topic_id',
  'custom_fields',
  'tags',
  'add_tags',
  'remove_tags',
] as const

export async function updateTicket(tickets: Tickets, request: UpdateTicketRequest, call: Call): Promise<Ticket> {
  const wanted = validate(schema, maskedFields(request, updatable))
  const { tags, add_tags = [], remove_tags = [], custom_fields, ...fields } = wanted
  await learnTags(tickets, call, [...(tags ?? []), ...add_tags, ...remove_tags])
  await learnHelpTopic(tickets, call, fields.help_topic_id)
  return tickets.mutate(call, TicketsServiceService.updateTicket, request, async (tx, emit) => {
    const ticket = await lockTicket(tx, call.tenantId, request)
    checkVersion(call, ticket.version)
    await checkReferences(tx, call.tenantId, ticket, fields)
    const customFields = await editedCustomFields(tx, call.tenantId, ticket, wanted)
    const wantedTags = tags
      ? await takeTags(tx, call.tenantId, tags, 'tags')
      : await editedTags(tx, call.tenantId, ticket, add_tags, remove_tags)
    return changeTicket(tx, emit, call, ticket, {
      now: new Date(),
      fields: { ...fields, ...(customFields && { custom_fields: customFields }) },
      tags: wantedTags,
    })
  })
}

async function checkReferences(tx: Tx, tenantId: number, ticket: Ticket, wanted: Partial<TicketFields>): Promise<void> {
  const { queue_id, agent_id, requester_id, help_topic_id } = wanted
  if (queue_id && queue_id !== ticket.queue_id) await knownQueue(tx, tenantId, queue_id)
  if (agent_id && agent_id !== ticket.agent_id) await knownAgent(tx, tenantId, agent_id)
  if (requester_id) await knownRequester(tx, tenantId, requester_id)
  if (help_topic_id && help_topic_id !== ticket.help_topic_id) await knownHelpTopic(tx, tenantId, help_topic_id)
}

/** The custom fields as they are to be, checked against the topic as it is to be; undefined when neither changes. */
async function editedCustomFields(
  tx: Tx,
  tenantId: number,
  ticket: Ticket,
  {
    custom_fields: sent,
    help_topic_id = ticket.help_topic_id,
  }: Pick<Partial<TicketFields>, 'help_topic_id'> & {
    custom_fields?: CustomFields | null | undefined
  },
): Promise<CustomFields | undefined> {
  if (sent === undefined && help_topic_id === ticket.help_topic_id) return undefined
  const merged = sent === null ? {} : mergeCustomFields(ticket.custom_fields ?? {}, sent ?? {})
  const topic = help_topic_id ? await findHelpTopic(tx, tenantId, help_topic_id) : undefined
  if (topic) checkCustomFields(topic.custom_fields, sent ?? {}, merged)
  return merged
}

/** The ticket's tags with some added, some taken off; undefined when there are none of either. */
async function editedTags(
  tx: Tx,
  tenantId: number,
  ticket: Ticket,
  add: readonly string[],
  remove: readonly string[],
): Promise<TicketTag[] | undefined> {
  if (add.length === 0 && remove.length === 0) return undefined
  const added = await takeTags(tx, tenantId, add, 'add_tags')
  const removed = new Set((await takeTags(tx, tenantId, remove, 'remove_tags')).map(({ id }) => id))
  const tags = new Map([...ticket.tags, ...added].map((tag) => [tag.id, tag]))
  const kept = [...tags.values()].filter(({ id }) => !removed.has(id))
  if (kept.length > 50 && added.length > 0) throw invalidField('add_tags', 'too_big', 'A ticket has up to 50 tags.')
  return kept
}
