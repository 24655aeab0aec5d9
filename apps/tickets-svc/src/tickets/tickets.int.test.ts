import {
  CreateQueueRequest,
  GetTicketRequest,
  ListMessagesRequest,
  ListTicketsRequest,
  SetTicketStatusRequest,
  UpdateTicketRequest,
} from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const setStatus = (id: number, status: string, call = callFor(1)) =>
  tickets.client.setTicketStatus(SetTicketStatusRequest.fromPartial({ id, status }), call)
const get = (id: number, tenantId: number) =>
  tickets.client.getTicket(GetTicketRequest.fromPartial({ id }), callFor(tenantId))

test('a new ticket comes back whole, stays, and is told to subscribers', async () => {
  const ticket = await tickets.open(callFor(1), { subject: 'Charged twice', body_md: 'Two charges.' })
  expect(ticket).toMatchObject({
    reference: expect.stringMatching(/^HD-[0-9A-HJKMNP-TV-Z]{7}$/),
    subject: 'Charged twice',
    status: 'new',
    priority: 'normal',
    source: 'api',
    requester: { email: 'carla@example.org', name: 'Carla Example' },
    tags: [],
    custom_fields: {},
    message_count: 1,
    version: 1,
  })
  expect(await get(ticket.id, 1)).toEqual(ticket)
  await vi.waitFor(async () => {
    expect(await tickets.told(1, 'ticket.created', 'requester.created')).toMatchObject([
      { type: 'requester.created', data: { email: 'carla@example.org', version: 1 } },
      {
        type: 'ticket.created',
        subject: `tickets/${ticket.id}`,
        data: { ticket_id: ticket.id, reference: ticket.reference, body_md: 'Two charges.', tags: [], version: 1 },
      },
    ])
  }, 15_000)
})

test('a ticket is found by its reference', async () => {
  const { id, reference } = await tickets.open(callFor(2))
  const found = await tickets.client.getTicket(GetTicketRequest.fromPartial({ reference }), callFor(2))
  expect(found.id).toBe(id)
  for (const none of ['HD-0000000', 'HD-', '\u0000', "' or 1=1"]) {
    const request = GetTicketRequest.fromPartial({ reference: none })
    await expect(tickets.client.getTicket(request, callFor(2)), none).rejects.toMatchObject({ code: 'not_found' })
  }
})

test('a requester is one for each e-mail, however it is spelt, and keeps his name', async () => {
  const unnamed = await tickets.open(callFor(3), { requester: { email: 'Dan@Example.org' } })
  const named = await tickets.open(callFor(3), { requester: { email: 'dan@example.org', name: 'Dan' } })
  const renamed = await tickets.open(callFor(3), { requester: { email: 'DAN@example.org', name: 'Daniel' } })
  expect(unnamed.requester).toMatchObject({ email: 'dan@example.org', name: null })
  expect(named.requester).toEqual({ id: unnamed.requester?.id, email: 'dan@example.org', name: 'Dan' })
  expect(renamed.requester).toEqual(named.requester)
})

test('tickets opened at once by one new person share one requester', async () => {
  const opened = await Promise.all(Array.from({ length: 10 }, () => tickets.open(callFor(4))))
  expect(new Set(opened.map(({ requester }) => requester?.id)).size).toBe(1)
})

test('another tenant’s ticket cannot be read or changed', async () => {
  const { id } = await tickets.open(callFor(5))
  await expect(get(id, 6)).rejects.toMatchObject({ code: 'not_found' })
  await expect(setStatus(id, 'open', callFor(6))).rejects.toMatchObject({ code: 'not_found' })
  expect(await get(id, 5)).toMatchObject({ status: 'new', version: 1 })
})

test('ids that the tenant does not have are refused at their paths', async () => {
  const mine = await tickets.hire(callFor(7), 'Mine')
  await expect(tickets.open(callFor(8), { agent_id: mine.id })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'agent_id' }],
  })
  await expect(tickets.open(callFor(8), { queue_id: 999_999 })).rejects.toMatchObject({
    fields: [{ path: 'queue_id' }],
  })
  await expect(tickets.open(callFor(8), { requester_id: 999_999 })).rejects.toMatchObject({
    fields: [{ path: 'requester_id' }],
  })
})

test('an update says of each kind of field what was before', async () => {
  const agent = await tickets.hire(callFor(9), 'Ada')
  const { id } = await tickets.open(callFor(9))
  const update = UpdateTicketRequest.fromPartial({ id, subject: 'New', priority: 'high', agent_id: agent.id })
  expect(await tickets.client.updateTicket(update, callFor(9))).toMatchObject({
    subject: 'New',
    priority: 'high',
    agent_id: agent.id,
    version: 2,
  })
  await vi.waitFor(async () => {
    expect(await tickets.told(9, 'ticket.updated', 'ticket.assigned')).toMatchObject([
      { type: 'ticket.updated', data: { changes: { subject: ['Broken', 'New'], priority: ['normal', 'high'] } } },
      { type: 'ticket.assigned', data: { changes: { agent_id: [null, agent.id] }, version: 2 } },
    ])
  }, 15_000)
})

test('an update that changes nothing makes no version', async () => {
  const { id } = await tickets.open(callFor(10))
  const update = UpdateTicketRequest.fromPartial({ id, subject: 'Broken' })
  expect(await tickets.client.updateTicket(update, callFor(10))).toMatchObject({ version: 1 })
})

test('of two changes made from one version the second is refused', async () => {
  const { id } = await tickets.open(callFor(11))
  const changes = ['Mine', 'Yours'].map((subject) =>
    tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, subject }), callFor(11, { ifMatch: 1 })),
  )
  const results = await Promise.allSettled(changes)
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toMatchObject([{ reason: { code: 'version_mismatch', details: { current_version: 2 } } }])
  expect(await get(id, 11)).toMatchObject({ version: 2 })
})

test('closing leaves its time and a line in the thread; opening again clears the time', async () => {
  const { id } = await tickets.open(callFor(12))
  const closed = await setStatus(id, 'closed', callFor(12))
  expect(closed).toMatchObject({ status: 'closed', closed_at: closed.updated_at, message_count: 1 })
  expect(await setStatus(id, 'open', callFor(12))).toMatchObject({ status: 'open', closed_at: null })
  const { data } = await tickets.client.listMessages(
    ListMessagesRequest.fromPartial({ id, kind: 'system_event' }),
    callFor(12),
  )
  expect(data).toMatchObject([
    {
      author: { kind: 'api', id: 17, name: null },
      body_md: null,
      data: { event: 'ticket.status_changed', changes: { status: ['new', 'closed'] } },
    },
    { data: { changes: { status: ['closed', 'open'] } } },
  ])
})

test('tickets are listed by status', async () => {
  const opened = await Promise.all(['a', 'b', 'c'].map((subject) => tickets.open(callFor(14), { subject })))
  await setStatus(opened[0]?.id ?? 0, 'pending', callFor(14))
  await setStatus(opened[1]?.id ?? 0, 'closed', callFor(14))
  const list = await tickets.client.listTickets(
    ListTicketsRequest.fromPartial({ status: ['pending', 'closed'] }),
    callFor(14),
  )
  expect(list.data.map(({ subject }) => subject)).toEqual(['b', 'a'])
  expect(list.total_count).toBe(2)
})

test('of very many bad fields the first are named, and the rest counted', async () => {
  const agent_ids = Array.from({ length: 500 }, (_, index) => 1_000_000 + index)
  const queue = CreateQueueRequest.fromPartial({ slug: 'a', name: 'A', agent_ids })
  await expect(tickets.client.createQueue(queue, callFor(15))).rejects.toMatchObject({
    code: 'validation_failed',
    fields: Array.from({ length: 50 }, (_, index) => ({ path: `agent_ids.${index}` })),
    details: { more_fields: 450 },
  })
  const update_mask = Array.from({ length: 10_000 }, (_, index) => `😀${index}`)
  const update = UpdateTicketRequest.fromPartial({ id: 1, update_mask })
  await expect(tickets.client.updateTicket(update, callFor(15))).rejects.toMatchObject({
    details: { more_fields: 9_950 },
  })
})

test('every bad field is named', async () => {
  await expect(tickets.open(callFor(15), { subject: '', priority: 'huge', tags: ['Bad Slug'] })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'subject' }, { path: 'priority' }, { path: 'tags.0' }],
  })
})
