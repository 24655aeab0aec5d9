import { ListTicketsRequest, type ListTicketsResponse, type Ticket, UpdateTicketRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
/** Of tenant 1, in the order in which they were opened, each with the tag `batch`. */
let opened: Ticket[]
beforeAll(async () => {
  tickets = await startTestTickets()
  const tag = { id: 1, slug: 'batch', name: 'Batch', color: '#000000', created_at: null, updated_at: null, version: 1 }
  tickets.catalog.tags = [tag]
  const waiting = Array.from({ length: 1_000 }, (_, index) => `Ticket ${index}`)
  const openInTurn = async () => {
    const mine: Ticket[] = []
    for (let subject = waiting.pop(); subject; subject = waiting.pop()) {
      mine.push(await tickets.open(callFor(1), { subject, tags: ['batch'] }))
    }
    return mine
  }
  opened = (await Promise.all(Array.from({ length: 4 }, openInTurn))).flat()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const list = (filters: Parameters<typeof ListTicketsRequest.fromPartial>[0]) =>
  tickets.client.listTickets(ListTicketsRequest.fromPartial(filters), callFor(1))
const rename = ({ id }: Ticket, subject: string) =>
  tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, subject }), callFor(1))

/** Every page of a list; `meanwhile` happens between one and the next. */
async function readPages(sort: string, meanwhile: (page: ListTicketsResponse) => Promise<unknown>) {
  const pages: ListTicketsResponse[] = []
  let cursor: string | null | undefined = null
  do {
    const page = await list({ sort, cursor, limit: 37 })
    pages.push(page)
    await meanwhile(page)
    cursor = page.next_cursor
  } while (cursor)
  return pages
}
const idsOf = (all: { id: number }[]) => all.map(({ id }) => id).sort((a, b) => a - b)

test('1,000 tickets come once each, by -created_at, while others are opened and some of them change', async () => {
  const unread = new Map(opened.map((ticket) => [ticket.id, ticket]))
  const pages = await readPages('-created_at', async ({ data }) => {
    for (const { id } of data) unread.delete(id)
    const [ahead] = unread.values()
    await Promise.all([
      tickets.open(callFor(1), { subject: 'Newer' }),
      rename(data[0] as Ticket, 'Changed behind'),
      ahead && rename(ahead, 'Changed ahead'),
    ])
  })
  expect(pages.length).toBe(28)
  expect(idsOf(pages.flatMap(({ data }) => data))).toEqual(idsOf(opened))
  for (const page of pages) expect(page).toMatchObject({ total_count: 1_000, total_count_capped: false })
})

test('by updated_at none is left out while some change, and those that do not change come once', async () => {
  const all = await readPages('updated_at', async () => {}).then((pages) => pages.flatMap(({ data }) => data))
  // Some that are read already, then some that are not.
  const moving = [...all.slice(0, 5), ...all.slice(-5)]
  const changed = new Set(moving.map(({ id }) => id))
  const pages = await readPages('updated_at', async () => {
    const ticket = moving.shift()
    if (ticket) await rename(ticket, 'Changed')
  })
  const seen = pages.flatMap(({ data }) => data)
  expect(new Set(idsOf(seen))).toEqual(new Set(idsOf(all)))
  const unchanged = ({ id }: Ticket) => !changed.has(id)
  expect(idsOf(seen.filter(unchanged))).toEqual(idsOf(all.filter(unchanged)))
})

test('a cursor with any one character changed is refused', async () => {
  const cursor = (await list({ limit: 1 })).next_cursor ?? ''
  const changed = Array.from(cursor, (character, index) => {
    const other = character === 'A' ? 'B' : 'A'
    return cursor.slice(0, index) + other + cursor.slice(index + 1)
  })
  expect(changed.length).toBeGreaterThan(60)
  for (const each of [...changed, `${cursor}A`, `${cursor}.`, cursor.slice(0, -1)]) {
    await expect(list({ limit: 1, cursor: each }), each).rejects.toMatchObject({ code: 'invalid_cursor' })
  }
  expect(await list({ limit: 1, cursor })).toMatchObject({ data: [{}] })
})

test('a tag that is on 1,000 tickets is off all of them when the call returns', async () => {
  expect(await list({ tag: 'batch', limit: 1 })).toMatchObject({ total_count: 1_000 })
  expect(await tickets.client.detachTag({ id: 1 }, callFor(1))).toEqual({ ticket_count: 1_000 })
  expect(await list({ tag: 'batch' })).toMatchObject({ data: [], total_count: 0 })
  const pages = await readPages('created_at', async () => {})
  expect(pages.flatMap(({ data }) => data).flatMap(({ tags }) => tags)).toEqual([])
})
