import { CannedResponse } from '@helpdesk/proto/catalog'
import { ListMessagesRequest, ReplyToTicketRequest, SetTicketStatusRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const reply = (tenantId: number, id: number, more: Parameters<typeof ReplyToTicketRequest.fromPartial>[0] = {}) =>
  tickets.client.replyToTicket(ReplyToTicketRequest.fromPartial({ id, body_md: 'Hello.', ...more }), callFor(tenantId))
const get = (tenantId: number, id: number) => tickets.client.getTicket({ id }, callFor(tenantId))
const setStatus = (tenantId: number, id: number, status: string) =>
  tickets.client.setTicketStatus(SetTicketStatusRequest.fromPartial({ id, status }), callFor(tenantId))

test('an agent’s first reply opens the ticket, and both are told in order', async () => {
  const ada = await tickets.hire(callFor(1), 'Ada')
  const { id } = await tickets.open(callFor(1))
  const message = await reply(1, id, { body_md: 'On it.', author: { kind: 'agent', id: ada.id } })
  expect(message).toMatchObject({
    ticket_id: id,
    kind: 'reply',
    author: { kind: 'agent', id: ada.id, name: 'Ada' },
    body_md: 'On it.',
    data: null,
  })
  expect(await get(1, id)).toMatchObject({
    status: 'open',
    message_count: 2,
    first_response_at: message.created_at,
    last_message_at: message.created_at,
    version: 2,
  })
  await vi.waitFor(async () => {
    expect(await tickets.told(1, 'ticket.replied', 'ticket.status_changed')).toMatchObject([
      { type: 'ticket.replied', data: { message_id: message.id, author: { id: ada.id }, version: 2 } },
      { type: 'ticket.status_changed', data: { changes: { status: ['new', 'open'] }, version: 2 } },
    ])
  }, 15_000)
})

test('a thread is read oldest first, with its system events between', async () => {
  const { id } = await tickets.open(callFor(2), { body_md: 'First.' })
  await reply(2, id, { body_md: 'Second.' })
  await reply(2, id, { body_md: 'Third.', author: { kind: 'requester' } })
  const list = async (more: object) =>
    tickets.client.listMessages(ListMessagesRequest.fromPartial({ id, ...more }), callFor(2))
  const all = await list({})
  expect(all.data.map(({ kind, body_md }) => body_md ?? kind)).toEqual(['First.', 'Second.', 'system_event', 'Third.'])
  expect(all.data[3]?.author).toMatchObject({ kind: 'requester', name: 'Carla Example' })
  const first = await list({ limit: 2, kind: 'reply' })
  expect(first).toMatchObject({ has_more: true, total_count: 3 })
  const second = await list({ limit: 2, kind: 'reply', cursor: first.next_cursor })
  expect(second.data.map(({ body_md }) => body_md)).toEqual(['Third.'])
  const newest = await list({ limit: 3, newest_first: true })
  const rest = await list({ limit: 3, newest_first: true, cursor: newest.next_cursor })
  expect([...newest.data, ...rest.data]).toEqual(all.data.toReversed())
  await expect(list({ cursor: newest.next_cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('a whole page of the longest messages comes through', async () => {
  const { id } = await tickets.open(callFor(12))
  // Written past the door: 100 such replies take it half a minute.
  await tickets.sql`
    insert into messages (tenant_id, ticket_id, kind, author_kind, body_md, created_at)
    select 12, ${id}, 'reply', 'agent', repeat('x', 65536), now() from generate_series(1, 99)`
  const page = await tickets.client.listMessages(ListMessagesRequest.fromPartial({ id, limit: 100 }), callFor(12))
  expect(page.data).toHaveLength(100)
})

test('a note counts as a message and changes nothing else', async () => {
  const { id } = await tickets.open(callFor(3))
  expect(await reply(3, id, { is_internal: true })).toMatchObject({ kind: 'note', author: { kind: 'agent', id: null } })
  expect(await get(3, id)).toMatchObject({ status: 'new', message_count: 2, first_response_at: null })
  await vi.waitFor(async () => expect(await tickets.told(3, 'ticket.note_added')).toHaveLength(1), 15_000)
})

test('a requester’s reply opens a pending ticket', async () => {
  const { id } = await tickets.open(callFor(4))
  await setStatus(4, id, 'pending')
  await reply(4, id, { author: { kind: 'requester' } })
  expect(await get(4, id)).toMatchObject({ status: 'open', first_response_at: null })
})

test('a reply may set the status itself', async () => {
  const { id } = await tickets.open(callFor(5))
  await reply(5, id, { status: 'resolved' })
  expect(await get(5, id)).toMatchObject({ status: 'resolved', resolved_at: expect.any(Date) })
})

test('a requester reopens a closed ticket within the window, and is refused later', async () => {
  const { id } = await tickets.open(callFor(6))
  await setStatus(6, id, 'closed')
  await reply(6, id, { author: { kind: 'requester' } })
  expect(await get(6, id)).toMatchObject({ status: 'open', closed_at: null })
  await setStatus(6, id, 'closed')
  await tickets.sql`update tickets set closed_at = now() - interval '8 days' where tenant_id = 6 and id = ${id}`
  await expect(reply(6, id, { author: { kind: 'requester' } })).rejects.toMatchObject({ code: 'ticket_closed' })
  expect(await get(6, id)).toMatchObject({ status: 'closed', message_count: 2 })
})

test('an acting agent is the author of his replies', async () => {
  const ada = await tickets.hire(callFor(7), 'Ada')
  const { id } = await tickets.open(callFor(7))
  const call = callFor(7, { actor: { kind: 'agent', id: String(ada.id) }, via: 'api:17' })
  const message = await tickets.client.replyToTicket(ReplyToTicketRequest.fromPartial({ id, body_md: 'Hi.' }), call)
  expect(message.author).toEqual({ kind: 'agent', id: ada.id, name: 'Ada' })
})

test('an author the tenant does not have is refused', async () => {
  const { id } = await tickets.open(callFor(8))
  const error = { code: 'validation_failed', fields: [{ path: 'author.id' }] }
  await expect(reply(8, id, { author: { kind: 'agent', id: 999_999 } })).rejects.toMatchObject(error)
  await expect(reply(8, id, { author: { kind: 'requester', id: 999_999 } })).rejects.toMatchObject(error)
})

test('a reply sent twice under one key is there once', async () => {
  const { id } = await tickets.open(callFor(9))
  const send = () =>
    tickets.client.replyToTicket(
      ReplyToTicketRequest.fromPartial({ id, body_md: 'Once.' }),
      callFor(9, { idempotencyKey: 'k' }),
    )
  expect(await send()).toEqual(await send())
  expect(await get(9, id)).toMatchObject({ message_count: 2 })
})

test('replies written at once are all counted', async () => {
  const { id } = await tickets.open(callFor(10))
  await Promise.all(Array.from({ length: 10 }, () => reply(10, id)))
  expect(await get(10, id)).toMatchObject({ message_count: 11, version: 11 })
})

test('a canned response that was used is told, and must exist', async () => {
  const { id } = await tickets.open(callFor(11))
  tickets.catalog.cannedResponses = [CannedResponse.fromPartial({ id: 5 })]
  await reply(11, id, { canned_response_id: 5 })
  await expect(reply(11, id, { canned_response_id: 6 })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'canned_response_id' }],
  })
  await vi.waitFor(async () => {
    expect(await tickets.told(11, 'ticket.replied')).toMatchObject([{ data: { canned_response_id: 5 } }])
  }, 15_000)
})
