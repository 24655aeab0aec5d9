// A day at a help desk. Every operation of the API occurs in it, and every event.

import type { CreateHelpTopicRequest, UpdateHelpTopicRequest } from '@helpdesk/proto/catalog'
import type { Plan } from '@helpdesk/proto/values'

// biome-ignore lint/suspicious/noExplicitAny: the story reads answers as any client does
type Data = any

/** How the story is told to a system. Each step ends when the audit log has what it changed. */
export interface Narrator {
  get(path: string): Promise<Data>
  /** `actor` is whom the key acts for: `agent:7`. */
  post(path: string, body?: object, actor?: string): Promise<Data>
  changePlan(plan: Plan): Promise<unknown>
  makeAndRevokeKey(name: string): Promise<unknown>
  createHelpTopic(topic: Partial<CreateHelpTopicRequest>): Promise<{ id: number }>
  updateHelpTopic(topic: Partial<UpdateHelpTopicRequest> & { id: number }): Promise<unknown>
  deleteHelpTopic(id: number): Promise<unknown>
}

export async function tellStory(narrator: Narrator): Promise<void> {
  await narrator.changePlan('sovereign')
  await narrator.makeAndRevokeKey('Old shop')
  const desk = await setUp(narrator)
  await answerCarla(narrator, desk)
  const dan = await answerDan(narrator)
  await askModel(narrator, dan)
  await lookAround(narrator, desk)
  await tidyUp(narrator, desk)
}

interface Desk {
  ada: number
  ben: number
  billing: number
  refunds: number
  refund: number
  apology: number
}

async function setUp({ get, post, createHelpTopic, updateHelpTopic }: Narrator): Promise<Desk> {
  const ada = await post('/agents', { name: 'Ada Example', email: 'ada@example.com' })
  const ben = await post('/agents', { name: 'Ben Example', email: 'ben@example.com', is_available: false })
  await post(`/agents/${ben.id}`, { is_available: true })
  const billing = await post('/queues', {
    slug: 'billing',
    name: 'Billing',
    description: 'Charges, invoices and refunds.',
    assignment_policy: 'round_robin',
    agent_ids: [ada.id, ben.id],
  })
  await post(`/queues/${billing.id}`, { description: 'Charges and refunds.' })
  const refunds = await createHelpTopic({
    slug: 'refunds',
    name: 'Refund',
    queue_id: billing.id,
    default_priority: 'high',
    custom_fields: [{ key: 'order_number', label: 'Order number', type: 'number', required: true, options: [] }],
  })
  await updateHelpTopic({ id: refunds.id, name: 'Refunds' })
  const refund = await post('/tags', { slug: 'refund', name: 'Refund', color: '#dc2626' })
  await post(`/tags/${refund.id}`, { color: '#b91c1c' })
  await post('/tags', { slug: 'vip', name: 'VIP' })
  const apology = await post('/canned-responses', {
    slug: 'charged-twice',
    title: 'Charged twice',
    body_md: 'Sorry about that, {{requester.first_name}}. The second charge goes away within three days.',
    queue_id: billing.id,
  })
  await post(`/canned-responses/${apology.id}`, { title: 'Charged twice: reservation', sort_order: 10 })
  await get('/canned-responses?is_active=true')
  await get(`/canned-responses/${apology.id}`)
  return {
    ada: ada.id,
    ben: ben.id,
    billing: billing.id,
    refunds: refunds.id,
    refund: refund.id,
    apology: apology.id,
  }
}

async function answerCarla({ get, post }: Narrator, { ada, ben, refunds, apology }: Desk) {
  const { id, reference, requester, queue_id } = await post('/tickets', {
    subject: 'Charged twice in October',
    body_md: 'My card shows two charges for order **1042**. Could you look into it?',
    requester: { email: 'carla@example.org', name: 'Carla Example' },
    help_topic_id: refunds,
    custom_fields: { order_number: 1042 },
    tags: ['refund'],
  })
  await post(`/tickets/${id}/assign`, { agent_id: ben })
  const { body_md } = await post(`/canned-responses/${apology}/render`, { ticket_id: id, agent_id: ada })
  const author = { kind: 'agent', id: ada }
  await post(`/tickets/${reference}/reply`, { body_md, author, canned_response_id: apology, status: 'pending' })
  await post(`/tickets/${id}/reply`, { body_md: 'The bank calls it a reservation.', is_internal: true }, `agent:${ada}`)
  await post(`/tickets/${id}`, { priority: 'urgent', add_tags: ['vip'] })
  const [support] = (await get('/queues')).filter((queue: { is_default: boolean }) => queue.is_default)
  await post(`/tickets/${id}/move`, { queue_id: support.id })
  await post(`/tickets/${id}/move`, { queue_id })
  await post(`/tickets/${id}/reply`, { body_md: 'It is gone, thank you!' }, `requester:${requester.id}`)
  await post(`/tickets/${id}/status`, { status: 'resolved' }, `agent:${ada}`)
  await get(`/tickets/${reference}`)
  await get(`/tickets/${id}/messages?kind=reply`)
  await get(`/audit?ticket_id=${id}&limit=3`)
}

/** He gives his name the second time. Gives the id of his first ticket. */
async function answerDan({ get, post }: Narrator): Promise<number> {
  const email = 'dan@example.org'
  const body_md = 'Tracking has said "in transit" for nine days.'
  const { id } = await post('/tickets', { subject: 'The parcel has not arrived', body_md, requester: { email } })
  const requester = { email, name: 'Dan Example' }
  const again = { subject: 'The parcel is here', body_md: 'You can close this.', requester, priority: 'low' }
  const ticket = await post('/tickets', again)
  await get('/tickets?status=new,open&sort=-created_at&limit=1')
  await get(`/requesters?email=${email}`)
  await get(`/requesters/${ticket.requester.id}`)
  return id
}

/** Sentiment is asked once more when it is off. */
async function askModel({ get, post }: Narrator, ticket_id: number) {
  await post('/ai/config', {
    api_key: exampleKey,
    verify_key: true,
    monthly_cap_cents: 2_000,
    rate_per_key_per_day: 200,
  })
  await post('/ai/reply-suggest', { ticket_id })
  await post('/ai/summary', { ticket_id })
  await post('/ai/categorize', { ticket_id })
  await post('/ai/sentiment', { ticket_id })
  await post('/ai/resolution-predict', { ticket_id })
  await post('/ai/canned-generate', { intent: 'Say sorry for a late parcel' })
  await get('/ai/knowledge-gaps?days=7')
  await post('/ai/audit-qa', { question: 'Who opened the ticket about the parcel?' })
  await post('/ai/config', { features: { sentiment: false } })
  await post('/ai/sentiment', { ticket_id })
  await get('/ai/config')
  await get('/ai/usage?days=7')
}

const exampleKey = 'sk-ant-example-0123456789-3fQA'

async function lookAround({ get, post }: Narrator, { ada, billing, refunds, refund }: Desk) {
  await post('/notification-prefs', {
    scope: 'agent',
    scope_id: ada,
    event_key: 'ticket.moved',
    channel: 'email',
    enabled: false,
  })
  await get(`/notification-prefs?scope=agent&scope_id=${ada}`)
  await get('/agents')
  await get(`/agents/${ada}`)
  await get(`/queues/${billing}`)
  await get('/tags')
  await get(`/tags/${refund}`)
  await get('/help-topics')
  await get(`/help-topics/${refunds}`)
}

async function tidyUp({ get, post, deleteHelpTopic }: Narrator, { ben, billing, refunds, refund, apology }: Desk) {
  await post(`/canned-responses/${apology}/delete`)
  await post(`/tags/${refund}/delete`)
  await deleteHelpTopic(refunds)
  await post(`/queues/${billing}/delete`)
  await post(`/agents/${ben}/delete`)
  await get('/audit/verify')
}
