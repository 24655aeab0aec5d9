import { z } from 'zod'
import { authorKinds, messageKinds, ticketPriorities, ticketSorts, ticketSources, ticketStatuses } from '../values.ts'
import { email, id, markdown, name, slug, text, time } from './fields.ts'
import { paging } from './paging.ts'

const subject = text(255).refine((value) => value.trim() !== '', 'Must not be blank')
const status = z.enum(ticketStatuses)
const priority = z.enum(ticketPriorities)
const source = z.enum(ticketSources)
const tags = z.array(slug).max(50)

const customFields = z
  .record(text(64), z.union([text(4096, 0), z.number(), z.boolean(), z.null()]))
  .refine((fields) => Object.keys(fields).length <= 50, 'Must be at most 50 fields')

export const createTicket = z
  .strictObject({
    subject,
    body_md: markdown,
    requester: z.strictObject({ email, name: name.nullish() }).nullish(),
    requester_id: id.nullish(),
    queue_id: id.nullish(),
    priority: priority.nullish(),
    tags: tags.nullish(),
    source: source.nullish(),
    agent_id: id.nullish(),
    help_topic_id: id.nullish(),
    custom_fields: customFields.nullish(),
  })
  .refine((ticket) => (ticket.requester == null) !== (ticket.requester_id == null), {
    path: ['requester'],
    message: 'Give either requester or requester_id',
  })

export const updateTicket = z
  .strictObject({
    subject,
    priority,
    queue_id: id,
    agent_id: id.nullable(),
    requester_id: id,
    tags,
    add_tags: tags,
    remove_tags: tags,
    help_topic_id: id.nullable(),
    custom_fields: customFields.nullable(),
  })
  .partial()
  .refine((ticket) => !ticket.tags || !(ticket.add_tags || ticket.remove_tags), {
    path: ['tags'],
    message: 'Give either tags or add_tags and remove_tags',
  })

export const replyToTicket = z.strictObject({
  body_md: markdown,
  author: z.strictObject({ kind: z.enum(authorKinds), id: id.nullish() }).nullish(),
  is_internal: z.boolean().nullish(),
  status: status.nullish(),
  canned_response_id: id.nullish(),
})

export const setTicketStatus = z.strictObject({ status })

export const assignTicket = z.strictObject({ agent_id: id.nullable() })

export const moveTicket = z.strictObject({ queue_id: id })

export const listTickets = z
  .strictObject({
    ...paging,
    status: z.array(status).max(ticketStatuses.length).nullish(),
    priority: priority.nullish(),
    queue_id: id.nullish(),
    agent_id: id.nullish(),
    unassigned: z.boolean().nullish(),
    requester_id: id.nullish(),
    requester_email: email.nullish(),
    help_topic_id: id.nullish(),
    tag: slug.nullish(),
    source: source.nullish(),
    created_after: time.nullish(),
    created_before: time.nullish(),
    updated_after: time.nullish(),
    updated_before: time.nullish(),
    q: text(200).nullish(),
    sort: z.enum(ticketSorts).nullish(),
  })
  .refine(({ agent_id, unassigned }) => !(agent_id && unassigned), {
    path: ['agent_id'],
    message: 'Give either agent_id or unassigned',
  })

export const listMessages = z.strictObject({
  ...paging,
  kind: z.enum(messageKinds).nullish(),
  newest_first: z.boolean().optional(),
})

/** HD- and seven Crockford base32 characters. */
export const ticketReference = /^HD-[0-9A-HJKMNP-TV-Z]{7}$/
