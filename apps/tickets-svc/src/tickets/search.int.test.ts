import type { Tag } from '@helpdesk/proto/catalog'
import {
  CreateQueueRequest,
  ListTicketsRequest,
  ReplyToTicketRequest,
  SetTicketStatusRequest,
  type Ticket,
  UpdateTicketRequest,
} from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

type Filters = Parameters<typeof ListTicketsRequest.fromPartial>[0]
const list = (tenantId: number, filters: Filters) =>
  tickets.client.listTickets(ListTicketsRequest.fromPartial(filters), callFor(tenantId))
const found = async (tenantId: number, filters: Filters) =>
  (await list(tenantId, filters)).data.map(({ subject }) => subject)
/** Until the clock shows another millisecond than a ticket's last change. */
const tick = ({ updated_at }: Ticket) =>
  vi.waitFor(() => expect(Date.now()).toBeGreaterThan(updated_at?.getTime() ?? 0), { interval: 1 })

/** Every page of a list, two tickets each. */
async function foundInPages(tenantId: number, filters: Filters): Promise<string[]> {
  const subjects: string[] = []
  let cursor: string | null | undefined = null
  do {
    const page = await list(tenantId, { ...filters, limit: 2, cursor })
    subjects.push(...page.data.map(({ subject }) => subject))
    cursor = page.next_cursor
  } while (cursor)
  return subjects
}

test('tickets are found by each of their properties', async () => {
  const tag: Tag = { id: 1, slug: 'vip', name: 'VIP', color: '#000000', created_at: null, updated_at: null, version: 1 }
  tickets.catalog.tags = [tag]
  const ada = await tickets.hire(callFor(1), 'Ada')
  const queue = await tickets.client.createQueue(
    CreateQueueRequest.fromPartial({ slug: 'billing', name: 'Billing' }),
    callFor(1),
  )
  const wanted = await tickets.open(callFor(1), {
    subject: 'Wanted',
    priority: 'urgent',
    queue_id: queue.id,
    agent_id: ada.id,
    requester: { email: 'dan@example.org' },
    source: 'email',
    tags: ['vip'],
  })
  await tick(wanted)
  const other = await tickets.open(callFor(1), { subject: 'Other' })
  const filters: Filters[] = [
    { priority: 'urgent' },
    { queue_id: queue.id },
    { agent_id: ada.id },
    { requester_id: wanted.requester?.id ?? 0 },
    { requester_email: 'DAN@example.org' },
    { source: 'email' },
    { tag: 'vip' },
    { tag: 'vip', priority: 'urgent', status: ['new', 'open'], q: 'wanted' },
    { created_before: other.created_at },
    { updated_before: other.updated_at },
  ]
  for (const filter of filters) {
    expect(await list(1, filter), JSON.stringify(filter)).toMatchObject({
      data: [{ subject: 'Wanted' }],
      total_count: 1,
    })
  }
  expect(await found(1, { unassigned: true })).toEqual(['Other'])
  expect(await found(1, { created_after: wanted.created_at })).toEqual(['Other'])
  expect(await found(1, { updated_after: wanted.updated_at })).toEqual(['Other'])
})

test('what nobody has finds nothing', async () => {
  await tickets.open(callFor(2))
  const filters: Filters[] = [
    { queue_id: 999_999 },
    { agent_id: 999_999 },
    { requester_email: 'nobody@example.org' },
    { tag: 'none' },
    { help_topic_id: 999_999 },
  ]
  for (const filter of filters) expect(await list(2, filter)).toMatchObject({ data: [], total_count: 0 })
})

test('every order is kept from page to page', async () => {
  const priorities = ['low', 'urgent', 'normal', 'high', 'urgent']
  const opened: Ticket[] = []
  for (const [index, priority] of priorities.entries()) {
    opened.push(await tickets.open(callFor(3), { subject: `${index}`, priority }))
  }
  await tick(opened[4] as Ticket)
  await tickets.client.setTicketStatus(
    SetTicketStatusRequest.fromPartial({ id: opened[0]?.id ?? 0, status: 'open' }),
    callFor(3),
  )
  expect(await foundInPages(3, { sort: '-updated_at' })).toEqual(['0', '4', '3', '2', '1'])
  expect(await foundInPages(3, { sort: 'updated_at' })).toEqual(['1', '2', '3', '4', '0'])
  expect(await foundInPages(3, { sort: '-created_at' })).toEqual(['4', '3', '2', '1', '0'])
  expect(await foundInPages(3, { sort: 'created_at' })).toEqual(['0', '1', '2', '3', '4'])
  expect(await foundInPages(3, { sort: '-priority' })).toEqual(['4', '1', '3', '2', '0'])
  expect(await foundInPages(3, { status: ['new', 'open'] })).toEqual(['0', '4', '3', '2', '1'])
})

test('a tag’s tickets keep their order as they change', async () => {
  tickets.catalog.tags = [
    { id: 1, slug: 'vip', name: 'VIP', color: '#000000', created_at: null, updated_at: null, version: 1 },
  ]
  const opened: Ticket[] = []
  for (const subject of ['a', 'b', 'c']) {
    opened.push(await tickets.open(callFor(4), { subject, tags: ['vip'] }))
  }
  await tick(opened[2] as Ticket)
  const reply = ReplyToTicketRequest.fromPartial({ id: opened[0]?.id ?? 0, body_md: 'Hello.' })
  await tickets.client.replyToTicket(reply, callFor(4))
  expect(await foundInPages(4, { tag: 'vip' })).toEqual(['a', 'c', 'b'])
  expect(await foundInPages(4, { tag: 'vip', sort: 'created_at' })).toEqual(['a', 'b', 'c'])
})

test('a cursor belongs to its filters and its order', async () => {
  for (const subject of ['a', 'b']) await tickets.open(callFor(5), { subject })
  const { next_cursor } = await list(5, { limit: 1, source: 'api' })
  for (const other of [{}, { source: 'email' }, { source: 'api', sort: 'updated_at' }]) {
    await expect(list(5, { ...other, cursor: next_cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
  }
  const same = { source: 'api', sort: '-updated_at', cursor: next_cursor }
  expect((await list(5, same)).data.map(({ subject }) => subject)).toEqual(['a'])
})

test('words are found in subjects and in every message, whatever their form', async () => {
  const { id } = await tickets.open(callFor(6), { subject: 'Printer broken', body_md: 'It prints blank pages.' })
  await tickets.open(callFor(6), { subject: 'Invoice', body_md: 'I want a refund.' })
  const note = ReplyToTicketRequest.fromPartial({ id, body_md: 'Fuser replaced, ask Müller.', is_internal: true })
  await tickets.client.replyToTicket(note, callFor(6))
  expect(await found(6, { q: 'refunds' })).toEqual(['Invoice'])
  expect(await found(6, { q: 'printer pages' })).toEqual(['Printer broken'])
  expect(await found(6, { q: 'PRINTER fuser müller' })).toEqual(['Printer broken'])
  expect(await found(6, { q: '"blank pages" or refund' })).toEqual(['Invoice', 'Printer broken'].reverse())
  expect(await found(6, { q: 'printer -fuser' })).toEqual(['Printer broken'])
  expect(await found(6, { q: 'scanner' })).toEqual([])
  expect(await found(7, { q: 'printer' })).toEqual([])
})

test('a new subject is found, the old one no longer', async () => {
  const { id } = await tickets.open(callFor(8), { subject: 'Printer' })
  await tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, subject: 'Scanner' }), callFor(8))
  expect(await found(8, { q: 'scanner broken' })).toEqual(['Scanner'])
  expect(await found(8, { q: 'printer' })).toEqual([])
})

test('a question without a word to look for finds nothing', async () => {
  await tickets.open(callFor(9))
  for (const q of ['the', '!!!', '"', "'tenant:9'"]) expect(await found(9, { q }), q).toEqual([])
})

test('a word that thousands of messages hold is found in each ticket once', async () => {
  const { id, requester } = await tickets.open(callFor(10), { subject: 'Talkative' })
  await tickets.open(callFor(10), { subject: 'Silent' })
  await tickets.open(callFor(10), { subject: 'Loquacious', body_md: 'word' })
  await tickets.sql`
    insert into messages (tenant_id, ticket_id, kind, author_kind, author_id, body_md, created_at, search)
    select 10, ${id}, 'reply', 'requester', ${requester?.id ?? 0}, 'word', now(), '''tenant:10'' ''word'''::tsvector
      from generate_series(1, 10001)`
  expect(await found(10, { q: 'word' })).toEqual(['Loquacious', 'Talkative'])
  expect(await found(10, { q: 'word -word' })).toEqual([])
})
