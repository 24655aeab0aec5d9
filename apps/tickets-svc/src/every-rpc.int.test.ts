import { CannedResponse, HelpTopic, Tag } from '@helpdesk/proto/catalog'
import * as proto from '@helpdesk/proto/tickets'
import { type Examples, testEveryRpc } from '@helpdesk/service/testing'
import { afterAll, beforeAll } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from './testing/tickets.ts'

let tickets: TestTickets
let ticket: proto.Ticket
let ada: proto.Agent
let queue: proto.Queue
beforeAll(async () => {
  tickets = await startTestTickets()
  tickets.catalog.tags = [Tag.fromPartial({ id: 1, slug: 'vip', name: 'VIP', color: '#000000', version: 1 })]
  tickets.catalog.helpTopics = [HelpTopic.fromPartial({ id: 1, slug: 'refunds', name: 'Refunds', version: 1 })]
  tickets.catalog.cannedResponses = [CannedResponse.fromPartial({ id: 1 })]
  ticket = await tickets.open(callFor(1))
  ada = await tickets.hire(callFor(1), 'Ada')
  queue = await newQueue()
})
afterAll(() => tickets[Symbol.asyncDispose]())

let made = 0
const newQueue = () =>
  tickets.client.createQueue(proto.CreateQueueRequest.fromPartial({ slug: `q-${++made}`, name: 'Q' }), callFor(1))
const nobody = 999_999
const limits = { limit: { limit: 101 } }

const examples: Examples<proto.TicketsServiceService> = {
  listTickets: {
    good: () => proto.ListTicketsRequest.fromPartial({}),
    bad: {
      ...limits,
      'status.0': { status: ['none'] },
      priority: { priority: 'huge' },
      queue_id: { queue_id: 0 },
      agent_id: { agent_id: 1, unassigned: true },
      requester_email: { requester_email: 'nobody' },
      tag: { tag: 'Bad Slug' },
      source: { source: 'fax' },
      created_after: { created_after: new Date(-8.64e15) },
      updated_before: { updated_before: new Date(8.64e15) },
      q: { q: 'a\u0000b' },
      sort: { sort: 'id' },
    },
  },
  getTicket: { good: () => proto.GetTicketRequest.fromPartial({ id: ticket.id }) },
  createTicket: {
    good: () => {
      const requester = { email: 'carla@example.org', name: 'Carla' }
      return proto.CreateTicketRequest.fromPartial({ subject: 'S', body_md: 'B', requester })
    },
    bad: {
      subject: { subject: ' ' },
      body_md: { body_md: 'é'.repeat(40_000) },
      requester: { requester: null },
      'requester.email': { requester: { email: 'nobody', name: null } },
      'tags.0': { tags: ['Bad Slug'] },
      priority: { priority: 'huge' },
      source: { source: 'fax' },
      agent_id: { agent_id: -1 },
      'custom_fields.key': { custom_fields: { key: [] } },
    },
    unknown: {
      queue_id: { queue_id: nobody },
      agent_id: { agent_id: nobody },
      requester_id: { requester_id: nobody, requester: null },
      help_topic_id: { help_topic_id: nobody },
      'tags.1': { tags: ['vip', 'none'] },
    },
    other: { subject: 'Other' },
  },
  updateTicket: {
    good: () => proto.UpdateTicketRequest.fromPartial({ id: ticket.id, subject: `S ${++made}` }),
    bad: {
      subject: { subject: '' },
      tags: { tags: ['vip'], add_tags: ['vip'] },
      nonsense: { update_mask: ['nonsense'] },
      priority: { update_mask: ['priority'] },
    },
    unknown: {
      queue_id: { queue_id: nobody },
      agent_id: { agent_id: nobody },
      requester_id: { requester_id: nobody },
      help_topic_id: { help_topic_id: nobody },
      'tags.0': { tags: ['none'] },
      'add_tags.1': { add_tags: ['vip', 'none'] },
      'remove_tags.0': { remove_tags: ['none'] },
    },
    other: { subject: 'Other' },
  },
  replyToTicket: {
    good: () => proto.ReplyToTicketRequest.fromPartial({ id: ticket.id, body_md: 'Hello.', canned_response_id: 1 }),
    bad: {
      body_md: { body_md: '' },
      'author.kind': { author: { kind: 'robot', id: null } },
      status: { status: 'done' },
    },
    unknown: {
      'author.id': { author: { kind: 'agent', id: nobody } },
      canned_response_id: { canned_response_id: nobody },
    },
    other: { body_md: 'Goodbye.' },
  },
  setTicketStatus: {
    good: () => proto.SetTicketStatusRequest.fromPartial({ id: ticket.id, status: 'pending' }),
    bad: { status: { status: 'done' } },
    other: { status: 'open' },
  },
  assignTicket: {
    good: () => proto.AssignTicketRequest.fromPartial({ id: ticket.id, agent_id: ada.id }),
    bad: { agent_id: { agent_id: -1 } },
    unknown: { agent_id: { agent_id: nobody } },
    other: { agent_id: null },
  },
  moveTicket: {
    good: () => proto.MoveTicketRequest.fromPartial({ id: ticket.id, queue_id: queue.id }),
    bad: { queue_id: { queue_id: 0 } },
    unknown: { queue_id: { queue_id: nobody } },
    other: { queue_id: nobody },
  },
  listMessages: {
    good: () => proto.ListMessagesRequest.fromPartial({ id: ticket.id }),
    bad: { ...limits, kind: { kind: 'letter' } },
  },
  detachTag: { good: () => ({ id: 1 }), unknownIdIsFine: true },
  countTagTickets: { good: () => ({ id: 1 }), unknownIdIsFine: true },
  listQueues: { good: () => proto.ListQueuesRequest.fromPartial({}), bad: limits },
  getQueue: { good: () => ({ id: queue.id }) },
  createQueue: {
    good: () => proto.CreateQueueRequest.fromPartial({ slug: `q-${++made}`, name: 'Q' }),
    bad: {
      slug: { slug: 'Bad Slug' },
      name: { name: '' },
      assignment_policy: { assignment_policy: 'random' },
      'agent_ids.0': { agent_ids: [0] },
      is_active: { is_default: true, is_active: false },
    },
    unknown: { 'agent_ids.0': { agent_ids: [nobody] } },
    other: { name: 'Other' },
  },
  updateQueue: {
    good: () => proto.UpdateQueueRequest.fromPartial({ id: queue.id, name: `Q ${++made}` }),
    bad: { slug: { slug: '' }, name: { update_mask: ['name'], name: null }, id: { update_mask: ['id'] } },
    unknown: { 'agent_ids.0': { agent_ids: [nobody] } },
    other: { name: 'Other' },
  },
  deleteQueue: { good: async () => ({ id: (await newQueue()).id }) },
  listAgents: { good: () => proto.ListAgentsRequest.fromPartial({}), bad: limits },
  getAgent: { good: () => ({ id: ada.id }) },
  createAgent: {
    good: () => proto.CreateAgentRequest.fromPartial({ name: 'Ben', email: `ben${++made}@example.org` }),
    bad: { name: { name: '' }, email: { email: 'nobody' } },
    other: { name: 'Other' },
  },
  updateAgent: {
    good: () => proto.UpdateAgentRequest.fromPartial({ id: ada.id, name: `Ada ${++made}` }),
    bad: { email: { email: 'nobody' }, is_active: { update_mask: ['is_active'] } },
    other: { name: 'Other' },
  },
  deleteAgent: { good: async () => ({ id: (await tickets.hire(callFor(1), `Cy${++made}`)).id }) },
  listRequesters: {
    good: () => proto.ListRequestersRequest.fromPartial({}),
    bad: { ...limits, email: { email: 'nobody' } },
  },
  getRequester: { good: () => ({ id: ticket.requester?.id ?? 0 }) },
}

testEveryRpc(proto.TicketsServiceService, examples, () => tickets.client, callFor)
