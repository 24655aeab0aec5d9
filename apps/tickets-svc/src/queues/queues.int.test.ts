import { CreateQueueRequest, ListQueuesRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const create = (tenantId: number, more: Parameters<typeof CreateQueueRequest.fromPartial>[0]) =>
  tickets.client.createQueue(CreateQueueRequest.fromPartial({ name: 'Billing', ...more }), callFor(tenantId))
const list = async (tenantId: number) =>
  (await tickets.client.listQueues(ListQueuesRequest.fromPartial({}), callFor(tenantId))).data

test('a tenant has its queue from its first request, however many come at once', async () => {
  const lists = await Promise.all(Array.from({ length: 10 }, () => list(1)))
  for (const queues of lists) {
    expect(queues).toMatchObject([{ slug: 'support', name: 'Support', is_default: true, assignment_policy: 'manual' }])
  }
  await vi.waitFor(async () => {
    expect(await tickets.told(1, 'queue.created')).toMatchObject([{ actorkind: 'system', actorid: 'tickets-svc' }])
  }, 5_000)
})

test('a new queue comes back whole, stays, and is told to subscribers', async () => {
  const ada = await tickets.hire(callFor(2), 'Ada')
  const queue = await create(2, { slug: 'billing', assignment_policy: 'round_robin', agent_ids: [ada.id] })
  expect(queue).toMatchObject({
    slug: 'billing',
    description: null,
    is_default: false,
    assignment_policy: 'round_robin',
    agent_ids: [ada.id],
    is_active: true,
    version: 1,
  })
  expect(await tickets.client.getQueue({ id: queue.id }, callFor(2))).toEqual(queue)
  expect(await tickets.client.getAgent({ id: ada.id }, callFor(2))).toMatchObject({ queue_ids: [queue.id] })
  await vi.waitFor(async () => {
    expect((await tickets.told(2, 'queue.created')).map(({ data }) => data.slug)).toEqual(['support', 'billing'])
  }, 5_000)
})

test('a new default takes that from the one before', async () => {
  const queue = await create(3, { slug: 'billing', is_default: true })
  expect((await list(3)).map(({ slug, is_default }) => [slug, is_default])).toEqual([
    ['billing', true],
    ['support', false],
  ])
  expect(await tickets.open(callFor(3))).toMatchObject({ queue_id: queue.id })
})

test('a slug is free once', async () => {
  await expect(create(4, { slug: 'support' })).rejects.toMatchObject({ code: 'slug_taken', fields: [{ path: 'slug' }] })
})

test('agents the tenant does not have are refused at their places', async () => {
  const ada = await tickets.hire(callFor(5), 'Ada')
  await expect(create(6, { slug: 'billing', agent_ids: [ada.id] })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'agent_ids.0' }],
  })
  expect(await list(6)).toHaveLength(1)
})

test('another tenant’s queue cannot be read', async () => {
  const { id } = await create(7, { slug: 'billing' })
  await expect(tickets.client.getQueue({ id }, callFor(8))).rejects.toMatchObject({ code: 'not_found' })
})

test('an inactive queue takes no new tickets', async () => {
  const { id } = await create(9, { slug: 'billing', is_active: false })
  await expect(tickets.open(callFor(9), { queue_id: id })).rejects.toMatchObject({ fields: [{ path: 'queue_id' }] })
})
