import { createTicket, id, replyToTicket, setTicketStatus, updateTicket } from '@helpdesk/proto/schemas'
import {
  CreateTicketRequest,
  ListMessagesRequest,
  ListTicketsRequest,
  ReplyToTicketRequest,
  SetTicketStatusRequest,
  UpdateTicketRequest,
} from '@helpdesk/proto/tickets'
import { messageKinds, ticketPriorities, ticketSources, ticketStatuses } from '@helpdesk/proto/values'
import { z } from 'zod'
import { commaSeparated } from '../http/query.ts'
import { route } from '../http/route.ts'
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
    }),
    envelope: 'list',
    response: ticket,
    handle: (services, { query }, call) => services.tickets.listTickets(ListTicketsRequest.fromPartial(query), call),
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
      services.tickets.updateTicket(
        UpdateTicketRequest.fromPartial({ ...body, id, reference, update_mask: Object.keys(body) }),
        call,
      ),
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

// On a create, null says the same as leaving a field out, and protobuf's repeated fields know no null.
function nullsAsAbsent<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as never
}
