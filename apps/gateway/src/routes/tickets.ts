import {
  assignTicket,
  createTicket,
  email,
  id,
  moveTicket,
  replyToTicket,
  setTicketStatus,
  slug,
  text,
  updateTicket,
} from '@helpdesk/proto/schemas'
import {
  AssignTicketRequest,
  CreateTicketRequest,
  ListMessagesRequest,
  ListTicketsRequest,
  MoveTicketRequest,
  ReplyToTicketRequest,
  SetTicketStatusRequest,
  UpdateTicketRequest,
} from '@helpdesk/proto/tickets'
import { messageKinds, ticketPriorities, ticketSorts, ticketSources, ticketStatuses } from '@helpdesk/proto/values'
import { z } from 'zod'
import { commaSeparated, number, time } from '../http/query.ts'
import { route } from '../http/route.ts'
import { masked, nullsAsAbsent } from './bodies.ts'
import { pagingQuery, requester, timestamp, version } from './resources.ts'

const tickets = (method: string) => `helpdesk.tickets.v1.TicketsService/${method}`

const ticketTag = z
  .strictObject({ id, slug: z.string(), name: z.string(), color: z.string() })
  .meta({ id: 'TicketTag' })

const ticket = z
  .strictObject({
    id,
    reference: z.string(),
    subject: z.string(),
    status: z.enum(ticketStatuses),
    priority: z.enum(ticketPriorities),
    source: z.enum(ticketSources),
    queue_id: id,
    help_topic_id: id.nullable(),
    agent_id: id.nullable(),
    requester,
    tags: z.array(ticketTag),
    custom_fields: z.record(z.string(), z.unknown()).nullable(),
    message_count: z.int(),
    first_response_at: timestamp.nullable(),
    last_message_at: timestamp.nullable(),
    resolved_at: timestamp.nullable(),
    closed_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    version,
  })
  .meta({ id: 'Ticket' })

const message = z
  .strictObject({
    id,
    ticket_id: id,
    kind: z.enum(messageKinds),
    author: z.strictObject({
      kind: z.enum(['agent', 'requester', 'system', 'api']),
      id: id.nullable(),
      name: z.string().nullable(),
    }),
    body_md: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
    created_at: timestamp,
  })
  .meta({ id: 'Message' })

export const ticketRoutes = [
  route({
    method: 'get',
    path: '/tickets',
    scope: 'helpdesk:read',
    operation: 'listTickets',
    summary: 'List tickets, the last changed first',
    rpc: tickets('ListTickets'),
    query: z.strictObject({
      ...pagingQuery(),
      status: commaSeparated(z.array(z.enum(ticketStatuses)))
        .optional()
        .describe('Several with commas between.'),
      priority: z.enum(ticketPriorities).optional(),
      queue_id: number(id).optional(),
      agent_id: z
        .union([z.literal('none'), number(id)])
        .optional()
        .describe('`none` for unassigned tickets.'),
      requester_id: number(id).optional(),
      requester_email: email.optional(),
      help_topic_id: number(id).optional(),
      tag: slug.optional().describe("A tag's slug."),
      source: z.enum(ticketSources).optional(),
      created_after: time.optional(),
      created_before: time.optional(),
      updated_after: time.optional(),
      updated_before: time.optional(),
      q: text(200).optional().describe('Full-text, over the subject and the messages. The sort stays as asked.'),
      sort: z.enum(ticketSorts).optional().describe('`-updated_at` when absent; a minus is descending.'),
    }),
    envelope: 'list',
    response: ticket,
    handle: (services, { query: { agent_id, ...query } }, call) => {
      const agent = agent_id === 'none' ? { unassigned: true } : { agent_id }
      return services.tickets.listTickets(ListTicketsRequest.fromPartial({ ...query, ...agent }), call)
    },
  }),
  route({
    method: 'get',
    path: '/tickets/{ticket}',
    scope: 'helpdesk:read',
    operation: 'getTicket',
    summary: 'Get a ticket by its id or reference',
    rpc: tickets('GetTicket'),
    envelope: 'one',
    response: ticket,
    handle: (services, { id, reference }, call) => services.tickets.getTicket({ id, reference }, call),
  }),
  route({
    method: 'post',
    path: '/tickets',
    scope: 'helpdesk:write',
    operation: 'createTicket',
    summary: 'Open a ticket',
    rpc: tickets('CreateTicket'),
    body: createTicket,
    envelope: 'one',
    status: 201,
    response: ticket,
    handle: (services, { body }, call) =>
      services.tickets.createTicket(CreateTicketRequest.fromPartial(nullsAsAbsent(body)), call),
  }),
  route({
    method: 'post',
    path: '/tickets/{ticket}',
    scope: 'helpdesk:write',
    operation: 'updateTicket',
    summary: 'Update a ticket',
    rpc: tickets('UpdateTicket'),
    body: updateTicket,
    envelope: 'one',
    response: ticket,
    handle: (services, { id, reference, body }, call) =>
      services.tickets.updateTicket(UpdateTicketRequest.fromPartial({ ...masked(body), id, reference }), call),
  }),
  route({
    method: 'post',
    path: '/tickets/{ticket}/reply',
    scope: 'helpdesk:write',
    operation: 'replyToTicket',
    summary: 'Add a reply or an internal note',
    rpc: tickets('ReplyToTicket'),
    body: replyToTicket,
    envelope: 'one',
    status: 201,
    response: message,
    handle: (services, { id, reference, body }, call) =>
      services.tickets.replyToTicket(ReplyToTicketRequest.fromPartial({ ...nullsAsAbsent(body), id, reference }), call),
  }),
  route({
    method: 'post',
    path: '/tickets/{ticket}/status',
    scope: 'helpdesk:write',
    operation: 'setTicketStatus',
    summary: "Set a ticket's status",
    rpc: tickets('SetTicketStatus'),
    body: setTicketStatus,
    envelope: 'one',
    response: ticket,
    handle: (services, { id, reference, body }, call) =>
      services.tickets.setTicketStatus(SetTicketStatusRequest.fromPartial({ ...body, id, reference }), call),
  }),
  route({
    method: 'post',
    path: '/tickets/{ticket}/assign',
    scope: 'helpdesk:write',
    operation: 'assignTicket',
    summary: 'Assign a ticket to an agent, or to nobody with null',
    rpc: tickets('AssignTicket'),
    body: assignTicket,
    envelope: 'one',
    response: ticket,
    handle: (services, { id, reference, body }, call) =>
      services.tickets.assignTicket(AssignTicketRequest.fromPartial({ ...body, id, reference }), call),
  }),
  route({
    method: 'post',
    path: '/tickets/{ticket}/move',
    scope: 'helpdesk:write',
    operation: 'moveTicket',
    summary: 'Move a ticket to another queue',
    rpc: tickets('MoveTicket'),
    body: moveTicket,
    envelope: 'one',
    response: ticket,
    handle: (services, { id, reference, body }, call) =>
      services.tickets.moveTicket(MoveTicketRequest.fromPartial({ ...body, id, reference }), call),
  }),
  route({
    method: 'get',
    path: '/tickets/{ticket}/messages',
    scope: 'helpdesk:read',
    operation: 'listMessages',
    summary: "List a ticket's thread, oldest first",
    rpc: tickets('ListMessages'),
    query: z.strictObject({ ...pagingQuery(), kind: z.enum(messageKinds).optional() }),
    envelope: 'list',
    response: message,
    handle: (services, { id, reference, query }, call) =>
      services.tickets.listMessages(ListMessagesRequest.fromPartial({ ...query, id, reference }), call),
  }),
]
