import {
  CreateAgentRequest,
  ListAgentsRequest,
  ListMessagesRequest,
  SetTicketStatusRequest,
  UpdateAgentRequest,
} from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

test('a new agent comes back whole, stays, and is told to subscribers', async () => {
  const request = CreateAgentRequest.fromPartial({ name: 'Ada', email: 'Ada@Example.com' })
  const agent = await tickets.client.createAgent(request, callFor(1))
  expect(agent).toMatchObject({
    name: 'Ada',
    email: 'ada@example.com',
    is_active: true,
    is_available: true,
    queue_ids: [],
    open_ticket_count: 0,
  })
  expect(await tickets.client.getAgent({ id: agent.id }, callFor(1))).toEqual(agent)
  await vi.waitFor(async () => {
    expect(await tickets.told(1, 'agent.created')).toMatchObject([{ data: { agent_id: agent.id } }])
  }, 15_000)
})

test('an e-mail is free once in each tenant, however it is spelt', async () => {
  await tickets.hire(callFor(2), 'Ada')
  await tickets.hire(callFor(3), 'Ada')
  const again = CreateAgentRequest.fromPartial({ name: 'Ada', email: 'ADA@example.com' })
  await expect(tickets.client.createAgent(again, callFor(2))).rejects.toMatchObject({ code: 'conflict' })
})

test('agents are listed by name, page by page', async () => {
  for (const name of ['Cy', 'Ada', 'Ben']) await tickets.hire(callFor(4), name)
  const list = (cursor?: string | null) =>
    tickets.client.listAgents(ListAgentsRequest.fromPartial({ limit: 2, cursor: cursor ?? null }), callFor(4))
  const first = await list()
  expect(first.data.map(({ name }) => name)).toEqual(['Ada', 'Ben'])
  expect((await list(first.next_cursor)).data.map(({ name }) => name)).toEqual(['Cy'])
})

test('an agent’s open tickets are counted as they come and go', async () => {
  const ada = await tickets.hire(callFor(5), 'Ada')
  const count = async () => (await tickets.client.getAgent({ id: ada.id }, callFor(5))).open_ticket_count
  const [first] = await Promise.all([1, 2, 3].map(() => tickets.open(callFor(5), { agent_id: ada.id })))
  expect(await count()).toBe(3)
  const set = (status: string) =>
    tickets.client.setTicketStatus(SetTicketStatusRequest.fromPartial({ id: first?.id ?? 0, status }), callFor(5))
  await set('resolved')
  expect(await count()).toBe(2)
  await set('closed')
  expect(await count()).toBe(2)
  await set('open')
  expect(await count()).toBe(3)
})

test('an update changes what it names and says what was before', async () => {
  const ada = await tickets.hire(callFor(6), 'Ada')
  await tickets.hire(callFor(6), 'Ben')
  const update = (more: object) =>
    tickets.client.updateAgent(UpdateAgentRequest.fromPartial({ id: ada.id, ...more }), callFor(6))
  expect(await update({ email: 'ADA.B@example.com' })).toMatchObject({
    name: 'Ada',
    email: 'ada.b@example.com',
    version: 2,
  })
  expect(await update({ email: 'ada.b@example.com' })).toMatchObject({ version: 2 })
  await expect(update({ email: 'ben@example.com' })).rejects.toMatchObject({ code: 'conflict' })
  await vi.waitFor(async () => {
    expect(await tickets.told(6, 'agent.updated')).toMatchObject([
      { data: { changes: { email: ['ada@example.com', 'ada.b@example.com'] }, version: 2 } },
    ])
  }, 15_000)
})

test('a deleted agent’s open tickets become unassigned, and closed ones keep his name', async () => {
  const ada = await tickets.hire(callFor(7), 'Ada')
  const open = await tickets.open(callFor(7), { agent_id: ada.id })
  const closed = await tickets.open(callFor(7), { agent_id: ada.id })
  const setStatus = (status: string) =>
    tickets.client.setTicketStatus(SetTicketStatusRequest.fromPartial({ id: closed.id, status }), callFor(7))
  await setStatus('closed')
  expect(await tickets.client.deleteAgent({ id: ada.id }, callFor(7))).toEqual({ id: ada.id, deleted: true })

  const get = (id: number) => tickets.client.getTicket({ id }, callFor(7))
  await expect(tickets.client.getAgent({ id: ada.id }, callFor(7))).rejects.toMatchObject({ code: 'not_found' })
  expect(await get(open.id)).toMatchObject({ agent_id: null, version: 2 })
  expect(await get(closed.id)).toMatchObject({ agent_id: ada.id })
  const thread = await tickets.client.listMessages(
    ListMessagesRequest.fromPartial({ id: open.id, kind: 'system_event' }),
    callFor(7),
  )
  expect(thread.data).toMatchObject([{ data: { event: 'ticket.assigned', changes: { agent_id: [ada.id, null] } } }])
  await vi.waitFor(async () => {
    expect(await tickets.told(7, 'ticket.assigned', 'agent.deleted')).toMatchObject([
      { type: 'ticket.assigned', subject: `tickets/${open.id}`, data: { version: 2 } },
      { type: 'agent.deleted', data: { agent_id: ada.id, version: 2 } },
    ])
  }, 15_000)

  expect(await setStatus('open')).toMatchObject({ status: 'open', agent_id: null })
  await tickets.hire(callFor(7), 'Ada')
})

test('no open ticket stays with an agent who is deleted while it is given to him', async () => {
  const ada = await tickets.hire(callFor(8), 'Ada')
  const opening = Array.from({ length: 5 }, () => tickets.open(callFor(8), { agent_id: ada.id }))
  await Promise.allSettled([...opening, tickets.client.deleteAgent({ id: ada.id }, callFor(8))])
  expect(await tickets.sql`select 1 from tickets where tenant_id = 8 and agent_id = ${ada.id}`).toHaveLength(0)
})
