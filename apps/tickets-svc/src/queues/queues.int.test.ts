import {
  CreateQueueRequest,
  ListQueuesRequest,
  SetTicketStatusRequest,
  UpdateQueueRequest,
} from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const create = (tenantId: number, more: Parameters<typeof CreateQueueRequest.fromPartial>[0]) =>
  tickets.client.createQueue(CreateQueueRequest.fromPartial({ name: 'Billing', ...more }), callFor(tenantId))
const update = (tenantId: number, id: number, more: Parameters<typeof UpdateQueueRequest.fromPartial>[0]) =>
  tickets.client.updateQueue(UpdateQueueRequest.fromPartial({ id, ...more }), callFor(tenantId))
const list = async (tenantId: number) =>
  (await tickets.client.listQueues(ListQueuesRequest.fromPartial({}), callFor(tenantId))).data

test('a tenant has its queue from its first request, however many come at once', async () => {
  const lists = await Promise.all(Array.from({ length: 10 }, () => list(1)))
  for (const queues of lists) {
    expect(queues).toMatchObject([{ slug: 'support', name: 'Support', is_default: true, assignment_policy: 'manual' }])
  }
  await vi.waitFor(async () => {
    expect(await tickets.told(1, 'queue.created')).toMatchObject([{ actorkind: 'system', actorid: 'tickets-svc' }])
  }, 15_000)
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
  }, 15_000)
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

test('an update changes what it names and says what was before', async () => {
  const ada = await tickets.hire(callFor(10), 'Ada')
  const { id } = await create(10, { slug: 'billing', description: 'Money' })
  const updated = await update(10, id, {
    name: 'Money',
    agent_ids: [ada.id],
    update_mask: ['name', 'description', 'agent_ids'],
  })
  expect(updated).toMatchObject({ slug: 'billing', name: 'Money', description: null, agent_ids: [ada.id], version: 2 })
  expect(await update(10, id, { agent_ids: [ada.id] })).toMatchObject({ version: 2 })
  expect(await update(10, id, { update_mask: ['agent_ids'] })).toMatchObject({ agent_ids: [], version: 3 })
  await vi.waitFor(async () => {
    expect((await tickets.told(10, 'queue.updated')).map(({ data }) => data.changes)).toEqual([
      { name: ['Billing', 'Money'], description: ['Money', null], agent_ids: [[], [ada.id]] },
      { agent_ids: [[ada.id], []] },
    ])
  }, 15_000)
})

test('the default passes from queue to queue, and is never nobody’s', async () => {
  const [support] = await list(11)
  const { id } = await create(11, { slug: 'billing' })
  await expect(update(11, support?.id ?? 0, { is_default: false })).rejects.toMatchObject({ code: 'conflict' })
  await expect(update(11, support?.id ?? 0, { is_active: false })).rejects.toMatchObject({ code: 'conflict' })
  await update(11, id, { is_default: true })
  expect((await list(11)).filter(({ is_default }) => is_default)).toMatchObject([{ id }])
})

test('of queues made the default at once one is', async () => {
  const queues = []
  for (const slug of ['a', 'b', 'c', 'd']) queues.push(await create(12, { slug }))
  await Promise.allSettled(queues.map(({ id }) => update(12, id, { is_default: true })))
  expect((await list(12)).filter(({ is_default }) => is_default)).toHaveLength(1)
})

test('a queue is deleted once its tickets are done, and they keep naming it', async () => {
  const { id } = await create(13, { slug: 'billing' })
  const ticket = await tickets.open(callFor(13), { queue_id: id })
  await expect(tickets.client.deleteQueue({ id }, callFor(13))).rejects.toMatchObject({ code: 'conflict' })
  await tickets.client.setTicketStatus(
    SetTicketStatusRequest.fromPartial({ id: ticket.id, status: 'resolved' }),
    callFor(13),
  )
  expect(await tickets.client.deleteQueue({ id }, callFor(13))).toEqual({ id, deleted: true })
  await expect(tickets.client.getQueue({ id }, callFor(13))).rejects.toMatchObject({ code: 'not_found' })
  await expect(tickets.open(callFor(13), { queue_id: id })).rejects.toMatchObject({ fields: [{ path: 'queue_id' }] })
  expect(await tickets.client.getTicket({ id: ticket.id }, callFor(13))).toMatchObject({ queue_id: id })
  await create(13, { slug: 'billing' })
  await vi.waitFor(
    async () => expect(await tickets.told(13, 'queue.deleted')).toMatchObject([{ data: { version: 2 } }]),
    15_000,
  )
})

test('the default queue cannot be deleted', async () => {
  const [support] = await list(14)
  await expect(tickets.client.deleteQueue({ id: support?.id ?? 0 }, callFor(14))).rejects.toMatchObject({
    code: 'conflict',
  })
})

test('no ticket slips into a queue while it is being deleted', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await create(15, { slug: `q${round}` })
    const opening = [1, 2, 3].map(() => tickets.open(callFor(15), { queue_id: id }))
    const [deleted, ...opened] = await Promise.allSettled([tickets.client.deleteQueue({ id }, callFor(15)), ...opening])
    const succeeded = opened.filter(({ status }) => status === 'fulfilled')
    expect(succeeded.length === 0 || deleted.status === 'rejected').toBe(true)
  }
})
