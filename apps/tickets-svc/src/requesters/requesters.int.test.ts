import { ListRequestersRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const list = (tenantId: number, more: object = {}) =>
  tickets.client.listRequesters(ListRequestersRequest.fromPartial(more), callFor(tenantId))

test('requesters are listed by e-mail, page by page, and found by it however it is spelt', async () => {
  for (const email of ['c@example.org', 'a@example.org', 'b@example.org']) {
    await tickets.open(callFor(1), { requester: { email } })
  }
  const first = await list(1, { limit: 2 })
  expect(first.data.map(({ email }) => email)).toEqual(['a@example.org', 'b@example.org'])
  expect(first).toMatchObject({ has_more: true, total_count: 3 })
  expect((await list(1, { cursor: first.next_cursor })).data.map(({ email }) => email)).toEqual(['c@example.org'])
  expect((await list(1, { email: 'B@Example.org' })).data.map(({ email }) => email)).toEqual(['b@example.org'])
  expect((await list(2)).data).toEqual([])
})

test('a requester whose name comes later is told as changed', async () => {
  await tickets.open(callFor(3), { requester: { email: 'dan@example.org' } })
  const { requester } = await tickets.open(callFor(3), { requester: { email: 'dan@example.org', name: 'Dan' } })
  const id = requester?.id ?? 0
  expect(await tickets.client.getRequester({ id }, callFor(3))).toMatchObject({ name: 'Dan', version: 2 })
  await expect(tickets.client.getRequester({ id }, callFor(4))).rejects.toMatchObject({ code: 'not_found' })
  await vi.waitFor(async () => {
    expect(await tickets.told(3, 'requester.updated')).toMatchObject([{ data: { changes: { name: [null, 'Dan'] } } }])
  }, 15_000)
})
