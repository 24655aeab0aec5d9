import { CreateAgentRequest, ListAgentsRequest, SetTicketStatusRequest } from '@helpdesk/proto/tickets'
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
  }, 5_000)
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
