import type { CustomFieldDefinition, HelpTopic } from '@helpdesk/proto/catalog'
import { CreateQueueRequest, UpdateTicketRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const order: CustomFieldDefinition = { key: 'order', label: 'Order', type: 'number', required: true, options: [] }
const plan: CustomFieldDefinition = {
  key: 'plan',
  label: 'Plan',
  type: 'select',
  required: false,
  options: ['free', 'paid'],
}
const topic = (id: number, more: Partial<HelpTopic> = {}): HelpTopic => ({
  id,
  slug: `topic-${id}`,
  name: 'Topic',
  queue_id: null,
  default_priority: null,
  is_active: true,
  custom_fields: [],
  created_at: new Date(),
  updated_at: new Date(),
  version: 1,
  ...more,
})
const publish = (tenantId: number, type: 'help_topic.updated' | 'help_topic.deleted', { id, ...topic }: HelpTopic) =>
  tickets.publish(tenantId, type, id, {
    help_topic_id: id,
    slug: topic.slug,
    name: topic.name,
    queue_id: topic.queue_id,
    default_priority: topic.default_priority,
    is_active: topic.is_active,
    custom_fields: topic.custom_fields,
    changes: {},
    version: topic.version,
  })
const createQueue = (tenantId: number, more: object = {}) =>
  tickets.client.createQueue(
    CreateQueueRequest.fromPartial({ slug: 'billing', name: 'Billing', ...more }),
    callFor(tenantId),
  )
const update = (tenantId: number, id: number, more: Parameters<typeof UpdateTicketRequest.fromPartial>[0]) =>
  tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, ...more }), callFor(tenantId))

test('a topic gives its tickets their queue and priority, unless they name their own', async () => {
  const queue = await createQueue(1)
  tickets.catalog.helpTopics = [topic(1, { queue_id: queue.id, default_priority: 'high' })]
  const plain = await tickets.open(callFor(1), { help_topic_id: 1 })
  expect(plain).toMatchObject({ help_topic_id: 1, queue_id: queue.id, priority: 'high' })
  const support = (await tickets.open(callFor(1))).queue_id
  expect(await tickets.open(callFor(1), { help_topic_id: 1, queue_id: support, priority: 'low' })).toMatchObject({
    queue_id: support,
    priority: 'low',
  })
})

test('a topic whose queue takes no tickets gives them to the default', async () => {
  const queue = await createQueue(2, { is_active: false })
  tickets.catalog.helpTopics = [topic(1, { queue_id: queue.id })]
  const support = (await tickets.open(callFor(2))).queue_id
  expect(await tickets.open(callFor(2), { help_topic_id: 1 })).toMatchObject({ queue_id: support })
})

test('a topic that does not exist, or is not active, is refused', async () => {
  tickets.catalog.helpTopics = [topic(1, { is_active: false })]
  const error = { code: 'validation_failed', fields: [{ path: 'help_topic_id' }] }
  await expect(tickets.open(callFor(3), { help_topic_id: 1 })).rejects.toMatchObject(error)
  await expect(tickets.open(callFor(3), { help_topic_id: 2 })).rejects.toMatchObject(error)
})

test('custom fields are checked against the topic’s definitions', async () => {
  tickets.catalog.helpTopics = [topic(1, { custom_fields: [order, plan] })]
  const open = (custom_fields: object) => tickets.open(callFor(4), { help_topic_id: 1, custom_fields })
  expect(await open({ order: 1042, plan: 'paid' })).toMatchObject({ custom_fields: { order: 1042, plan: 'paid' } })
  await expect(open({ plan: 'other', extra: 1 })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [
      { path: 'custom_fields.order', code: 'required' },
      { path: 'custom_fields.plan', code: 'invalid_value' },
      { path: 'custom_fields.extra', code: 'unknown_field' },
    ],
  })
})

test('without a topic custom fields are kept as they are', async () => {
  const custom_fields = { order: 1042, note: 'x', urgent: true }
  expect(await tickets.open(callFor(5), { custom_fields })).toMatchObject({ custom_fields })
})

test('an update sets the fields it names and takes out those that are null', async () => {
  tickets.catalog.helpTopics = [topic(1, { custom_fields: [order, plan] })]
  const { id } = await tickets.open(callFor(6), { help_topic_id: 1, custom_fields: { order: 1, plan: 'free' } })
  const updated = await update(6, id, { custom_fields: { order: 2, plan: null } })
  expect([updated.custom_fields, updated.version]).toEqual([{ order: 2 }, 2])
  await expect(update(6, id, { update_mask: ['custom_fields'] })).rejects.toMatchObject({
    fields: [{ path: 'custom_fields.order', code: 'required' }],
  })
  await vi.waitFor(async () => {
    const events = await tickets.told(6, 'ticket.updated')
    expect(events.map(({ data }) => data.changes)).toEqual([
      { custom_fields: [{ order: 1, plan: 'free' }, { order: 2 }] },
    ])
  }, 15_000)
})

test('a ticket that takes a topic must have what the topic requires', async () => {
  tickets.catalog.helpTopics = [topic(1, { custom_fields: [order] })]
  const { id } = await tickets.open(callFor(7), { custom_fields: { earlier: 'stays' } })
  await expect(update(7, id, { help_topic_id: 1 })).rejects.toMatchObject({ fields: [{ path: 'custom_fields.order' }] })
  expect(await update(7, id, { help_topic_id: 1, custom_fields: { order: 5 } })).toMatchObject({
    help_topic_id: 1,
    custom_fields: { earlier: 'stays', order: 5 },
  })
  expect(await update(7, id, { update_mask: ['help_topic_id'] })).toMatchObject({ help_topic_id: null })
})

test('a changed topic counts from its event on', async () => {
  tickets.catalog.helpTopics = [topic(1)]
  await tickets.open(callFor(8), { help_topic_id: 1 })
  await publish(8, 'help_topic.updated', topic(1, { default_priority: 'urgent', version: 2 }))
  await vi.waitFor(async () => {
    expect(await tickets.open(callFor(8), { help_topic_id: 1 })).toMatchObject({ priority: 'urgent' })
  }, 15_000)
})

test('a deleted topic stays on its tickets and takes no new ones', async () => {
  tickets.catalog.helpTopics = [topic(1, { custom_fields: [order] })]
  const { id } = await tickets.open(callFor(9), { help_topic_id: 1, custom_fields: { order: 1 } })
  await publish(9, 'help_topic.deleted', topic(1, { version: 2 }))
  await vi.waitFor(async () => {
    await expect(tickets.open(callFor(9), { help_topic_id: 1, custom_fields: { order: 1 } })).rejects.toMatchObject({
      fields: [{ path: 'help_topic_id' }],
    })
  }, 15_000)
  expect(await update(9, id, { custom_fields: { order: 2 } })).toMatchObject({ help_topic_id: 1 })
})
