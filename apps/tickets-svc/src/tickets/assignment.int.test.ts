import {
  AssignTicketRequest,
  CreateQueueRequest,
  ListMessagesRequest,
  MoveTicketRequest,
  type Ticket,
  UpdateAgentRequest,
} from '@helpdesk/proto/tickets'
import type { AssignmentPolicy } from '@helpdesk/proto/values'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

/** A queue under a policy, with this many agents on it. */
async function staffed(tenantId: number, assignment_policy: AssignmentPolicy, count: number) {
  const agents = []
  for (let index = 1; index <= count; index++) agents.push(await tickets.hire(callFor(tenantId), `Agent${index}`))
  const agent_ids = agents.map(({ id }) => id)
  const queue = CreateQueueRequest.fromPartial({ slug: 'work', name: 'Work', assignment_policy, agent_ids })
  const { id: queue_id } = await tickets.client.createQueue(queue, callFor(tenantId))
  return { queue_id, agent_ids }
}
/** Who waits for the queue's lock past the statement's time is refused, and tries again as a client would. */
const open = (tenantId: number, queue_id: number): Promise<Ticket> =>
  tickets.open(callFor(tenantId), { queue_id }).catch((error) => {
    if (error.code !== 'deadline_exceeded') throw error
    return open(tenantId, queue_id)
  })
const openMany = (tenantId: number, queue_id: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => open(tenantId, queue_id)))
const perAgent = (opened: Ticket[]) =>
  Object.values(Object.groupBy(opened, ({ agent_id }) => String(agent_id))).map((mine) => mine?.length)
const assign = (tenantId: number, id: number, agent_id: number | null) =>
  tickets.client.assignTicket(AssignTicketRequest.fromPartial({ id, agent_id }), callFor(tenantId))
const setAvailable = (tenantId: number, id: number, is_available: boolean) =>
  tickets.client.updateAgent(UpdateAgentRequest.fromPartial({ id, is_available }), callFor(tenantId))

test.each(['round_robin', 'fewest_open'] as const)(
  '%s gives 50 tickets at once to 5 agents, 10 each',
  async (policy) => {
    const tenantId = policy === 'round_robin' ? 1 : 2
    const { queue_id } = await staffed(tenantId, policy, 5)
    expect(perAgent(await openMany(tenantId, queue_id, 50))).toEqual([10, 10, 10, 10, 10])
  },
)

test('ten at once under one key open one ticket, which takes one turn', async () => {
  const { queue_id, agent_ids } = await staffed(12, 'round_robin', 3)
  const openOnce = () => tickets.open(callFor(12, { idempotencyKey: 'k' }), { queue_id })
  const results = await Promise.allSettled(Array.from({ length: 10 }, openOnce))
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
  expect(new Set(opened).size).toBe(1)
  expect(refused).toEqual(refused.map(() => 'idempotency_in_progress'))
  expect(await openOnce()).toMatchObject({ id: opened[0], agent_id: agent_ids[0] })
  expect(await tickets.open(callFor(12), { queue_id })).toMatchObject({ agent_id: agent_ids[1] })
  await vi.waitFor(async () => expect(await tickets.told(12, 'ticket.created')).toHaveLength(2), 15_000)
})

test('round_robin goes round in turn and passes over who is not available', async () => {
  const { queue_id, agent_ids } = await staffed(3, 'round_robin', 3)
  const [first, second, third] = agent_ids as [number, number, number]
  await setAvailable(3, second, false)
  const given = []
  for (let index = 0; index < 4; index++) given.push((await tickets.open(callFor(3), { queue_id })).agent_id)
  expect(given).toEqual([first, third, first, third])
})

test('fewest_open gives to who has least, whatever queue that is in', async () => {
  const { queue_id, agent_ids } = await staffed(4, 'fewest_open', 2)
  const [first, second] = agent_ids as [number, number]
  await tickets.open(callFor(4), { agent_id: first })
  expect(await tickets.open(callFor(4), { queue_id })).toMatchObject({ agent_id: second })
})

test('with nobody available a ticket waits unassigned', async () => {
  const { queue_id, agent_ids } = await staffed(5, 'round_robin', 1)
  await setAvailable(5, agent_ids[0] ?? 0, false)
  expect(await tickets.open(callFor(5), { queue_id })).toMatchObject({ agent_id: null })
})

test('an agent who is named gets the ticket, whatever the policy', async () => {
  const { queue_id } = await staffed(6, 'round_robin', 1)
  const named = await tickets.hire(callFor(6), 'Named')
  expect(await tickets.open(callFor(6), { queue_id, agent_id: named.id })).toMatchObject({ agent_id: named.id })
})

test('assigning is told, leaves a line in the thread, and can be undone', async () => {
  const ada = await tickets.hire(callFor(7), 'Ada')
  const { id } = await tickets.open(callFor(7))
  expect(await assign(7, id, ada.id)).toMatchObject({ agent_id: ada.id, version: 2 })
  expect(await assign(7, id, ada.id)).toMatchObject({ version: 2 })
  expect(await assign(7, id, null)).toMatchObject({ agent_id: null, version: 3 })
  const thread = await tickets.client.listMessages(
    ListMessagesRequest.fromPartial({ id, kind: 'system_event' }),
    callFor(7),
  )
  const changes = [
    [null, ada.id],
    [ada.id, null],
  ]
  expect(thread.data.map(({ data }) => data?.changes.agent_id)).toEqual(changes)
  await vi.waitFor(async () => {
    expect((await tickets.told(7, 'ticket.assigned')).map(({ data }) => data.changes.agent_id)).toEqual(changes)
  }, 15_000)
})

test('another tenant’s agent is no agent', async () => {
  const theirs = await tickets.hire(callFor(8), 'Theirs')
  const { id } = await tickets.open(callFor(9))
  await expect(assign(9, id, theirs.id)).rejects.toMatchObject({ fields: [{ path: 'agent_id' }] })
})

test('moving is told, leaves a line in the thread, and keeps the agent', async () => {
  const ada = await tickets.hire(callFor(10), 'Ada')
  const { id, queue_id: support } = await tickets.open(callFor(10), { agent_id: ada.id })
  const { queue_id } = await staffed(10, 'round_robin', 1)
  const move = (to: number) =>
    tickets.client.moveTicket(MoveTicketRequest.fromPartial({ id, queue_id: to }), callFor(10))
  expect(await move(queue_id)).toMatchObject({ queue_id, agent_id: ada.id, version: 2 })
  await expect(move(999_999)).rejects.toMatchObject({ fields: [{ path: 'queue_id' }] })
  await vi.waitFor(async () => {
    expect(await tickets.told(10, 'ticket.moved')).toMatchObject([
      { data: { changes: { queue_id: [support, queue_id] } } },
    ])
  }, 15_000)
})

test('who acts must be somebody of the tenant', async () => {
  const { id, requester } = await tickets.open(callFor(11))
  const as = (kind: 'agent' | 'requester', actorId: number) =>
    tickets.client.assignTicket(
      AssignTicketRequest.fromPartial({ id, agent_id: null }),
      callFor(11, { actor: { kind, id: String(actorId) }, via: 'api:17' }),
    )
  const error = { code: 'validation_failed', fields: [{ path: 'metadata.x-actor' }] }
  await expect(as('agent', 999_999)).rejects.toMatchObject(error)
  await expect(as('requester', 999_999)).rejects.toMatchObject(error)
  expect(await as('requester', requester?.id ?? 0)).toMatchObject({ id })
})

test('a retry in the name of somebody who was deleted meanwhile answers what was done', async () => {
  const ada = await tickets.hire(callFor(12), 'Ada')
  const { id } = await tickets.open(callFor(12))
  const assign = (idempotencyKey: string) =>
    tickets.client.assignTicket(
      AssignTicketRequest.fromPartial({ id, agent_id: ada.id }),
      callFor(12, { actor: { kind: 'agent', id: String(ada.id) }, via: 'api:17', idempotencyKey }),
    )
  const first = await assign('once')
  await tickets.client.deleteAgent({ id: ada.id }, callFor(12))
  expect(await assign('once')).toEqual(first)
  await expect(assign('again')).rejects.toMatchObject({ fields: [{ path: 'metadata.x-actor' }] })
})
