import * as proto from '@helpdesk/proto/catalog'
import { type Examples, testEveryRpc } from '@helpdesk/service/testing'
import { afterAll, beforeAll } from 'vitest'
import { callFor, startTestCatalog } from './testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
let tag: proto.Tag
let topic: proto.HelpTopic
let response: proto.CannedResponse
beforeAll(async () => {
  catalog = await startTestCatalog()
  tag = await newTag()
  topic = await newTopic()
  response = await newResponse()
})
afterAll(() => catalog[Symbol.asyncDispose]())

let made = 0
const tagRequest = () => proto.CreateTagRequest.fromPartial({ slug: `t-${++made}`, name: 'T' })
const topicRequest = () => proto.CreateHelpTopicRequest.fromPartial({ slug: `h-${++made}`, name: 'H' })
const responseRequest = () =>
  proto.CreateCannedResponseRequest.fromPartial({ slug: `c-${++made}`, title: 'C', body_md: 'Dear {{requester.name}}' })
const newTag = () => catalog.client.createTag(tagRequest(), callFor(1))
const newTopic = () => catalog.client.createHelpTopic(topicRequest(), callFor(1))
const newResponse = () => catalog.client.createCannedResponse(responseRequest(), callFor(1))

const nobody = 999_999
const limits = { limit: { limit: 0 } }
const field = { key: 'order', label: 'Order', type: 'number', required: true, options: [] }
const unknownPeople = {
  'scope_id of an agent': { scope: 'agent', scope_id: nobody },
  'scope_id of a requester': { scope: 'requester', scope_id: nobody },
}

const examples: Examples<proto.CatalogServiceService> = {
  listTags: {
    good: () => proto.ListTagsRequest.fromPartial({}),
    bad: { ...limits, 'slug.0': { slug: ['Bad Slug'] } },
  },
  getTag: { good: () => ({ id: tag.id }) },
  createTag: {
    good: tagRequest,
    bad: { slug: { slug: 'Bad Slug' }, name: { name: ' ' }, color: { color: 'red' } },
    other: { name: 'Other' },
  },
  updateTag: {
    good: () => proto.UpdateTagRequest.fromPartial({ id: tag.id, name: `T ${++made}` }),
    bad: { slug: { slug: '' }, color: { update_mask: ['color'] }, version: { update_mask: ['version'] } },
    other: { name: 'Other' },
  },
  deleteTag: { good: async () => ({ id: (await newTag()).id }) },
  listHelpTopics: { good: () => proto.ListHelpTopicsRequest.fromPartial({}), bad: limits },
  getHelpTopic: { good: () => ({ id: topic.id }) },
  createHelpTopic: {
    good: topicRequest,
    bad: {
      slug: { slug: 'Bad Slug' },
      name: { name: 'a\u0000b' },
      default_priority: { default_priority: 'huge' },
      custom_fields: { custom_fields: [field, field] },
      'custom_fields.0.key': { custom_fields: [{ ...field, key: 'Bad Key' }] },
      'custom_fields.0.type': { custom_fields: [{ ...field, type: 'colour' }] },
      'custom_fields.0.options': { custom_fields: [{ ...field, type: 'select' }] },
    },
    unknown: { queue_id: { queue_id: nobody } },
    other: { name: 'Other' },
  },
  updateHelpTopic: {
    good: () => proto.UpdateHelpTopicRequest.fromPartial({ id: topic.id, name: `H ${++made}` }),
    bad: { slug: { slug: '' }, is_active: { update_mask: ['is_active'] } },
    unknown: { queue_id: { queue_id: nobody } },
    other: { name: 'Other' },
  },
  deleteHelpTopic: { good: async () => ({ id: (await newTopic()).id }) },
  listCannedResponses: {
    good: () => proto.ListCannedResponsesRequest.fromPartial({}),
    bad: { ...limits, queue_id: { queue_id: 0 } },
  },
  getCannedResponse: { good: () => ({ id: response.id }) },
  createCannedResponse: {
    good: responseRequest,
    bad: {
      slug: { slug: 'Bad Slug' },
      title: { title: 'x'.repeat(121) },
      body_md: { body_md: `{{#${'x'.repeat(60_000)}}}` },
    },
    unknown: { queue_id: { queue_id: nobody } },
    other: { title: 'Other' },
  },
  updateCannedResponse: {
    good: () => proto.UpdateCannedResponseRequest.fromPartial({ id: response.id, title: `C ${++made}` }),
    bad: { body_md: { body_md: '{{#open}}' }, is_active: { update_mask: ['is_active'] } },
    unknown: { queue_id: { queue_id: nobody } },
    other: { title: 'Other' },
  },
  deleteCannedResponse: { good: async () => ({ id: (await newResponse()).id }) },
  renderCannedResponse: {
    good: () => proto.RenderCannedResponseRequest.fromPartial({ id: response.id, ticket_id: 1234 }),
    bad: { ticket_id: { ticket_id: 0 }, agent_id: { agent_id: -1 } },
    unknown: { ticket_id: { ticket_id: nobody }, agent_id: { agent_id: nobody } },
  },
  listNotificationPrefs: {
    good: () => ({ scope: 'agent', scope_id: 7 }),
    bad: { scope: { scope: 'robot' }, scope_id: { scope: 'tenant_default', scope_id: 1 } },
    unknown: unknownPeople,
  },
  setNotificationPref: {
    good: () => ({ scope: 'agent', scope_id: 7, event_key: 'ticket.moved', channel: 'email', enabled: false }),
    bad: {
      scope_id: { scope: 'agent', scope_id: 0 },
      event_key: { event_key: 'ticket.eaten' },
      channel: { channel: 'fax' },
      enabled: { enabled: null },
    },
    unknown: unknownPeople,
    other: { enabled: true },
  },
  resolveNotificationPrefs: {
    good: () => ({ event_key: 'ticket.moved', recipients: [{ scope: 'agent', scope_id: 7 }] }),
    bad: {
      event_key: { event_key: 'ticket.eaten' },
      'recipients.0.scope': { recipients: [{ scope: 'tenant_default', scope_id: 7 }] },
    },
  },
}

testEveryRpc(proto.CatalogServiceService, examples, () => catalog.client, callFor)
