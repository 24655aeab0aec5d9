import type { Tag } from '@helpdesk/proto/catalog'
import type { TagEvent } from '@helpdesk/proto/events'
import { UpdateTicketRequest } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

const tag = (id: number, slug: string, version = 1): Tag => ({
  id,
  slug,
  name: slug,
  color: '#6b7280',
  created_at: new Date(),
  updated_at: new Date(),
  version,
})
const event = ({ id, slug, name, color, version }: Tag): TagEvent => ({
  tag_id: id,
  slug,
  name,
  color,
  changes: {},
  version,
})
const get = (tenantId: number, id: number) => tickets.client.getTicket({ id }, callFor(tenantId))
const slugsOf = async (tenantId: number, id: number) => (await get(tenantId, id)).tags.map(({ slug }) => slug)

test('a tag made a millisecond ago works, and is asked for once', async () => {
  tickets.catalog.tags = [tag(1, 'vip')]
  tickets.catalog.asked = 0
  expect(await tickets.open(callFor(1), { tags: ['vip'] })).toMatchObject({ tags: [{ id: 1, slug: 'vip' }] })
  await tickets.open(callFor(1), { tags: ['vip'] })
  expect(tickets.catalog.asked).toBe(1)
})

test('a slug that no tag has is refused at its place', async () => {
  tickets.catalog.tags = [tag(1, 'vip')]
  await expect(tickets.open(callFor(2), { tags: ['vip', 'none'] })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'tags.1' }],
  })
})

test('a renamed tag shows its new name on its tickets', async () => {
  tickets.catalog.tags = [tag(1, 'old')]
  const { id } = await tickets.open(callFor(3), { tags: ['old'] })
  await tickets.publish(3, 'tag.updated', 1, event(tag(1, 'new', 2)))
  await vi.waitFor(async () => expect(await slugsOf(3, id)).toEqual(['new']), 15_000)
})

test('an event that comes late changes nothing', async () => {
  tickets.catalog.tags = [tag(1, 'newer', 5)]
  const { id } = await tickets.open(callFor(4), { tags: ['newer'] })
  await tickets.publish(4, 'tag.updated', 1, event(tag(1, 'older', 4)))
  await tickets.publish(4, 'tag.updated', 2, event(tag(2, 'marker')))
  await vi.waitFor(
    async () => expect(await tickets.sql`select 1 from tags where tenant_id = 4 and id = 2`).toHaveLength(1),
    15_000,
  )
  expect(await slugsOf(4, id)).toEqual(['newer'])
})

test('a deleted tag leaves its tickets, and no late event brings it back', async () => {
  tickets.catalog.tags = [tag(1, 'gone')]
  const { id } = await tickets.open(callFor(5), { tags: ['gone'] })
  await tickets.publish(5, 'tag.deleted', 1, event(tag(1, 'gone', 3)))
  await vi.waitFor(async () => expect(await get(5, id)).toMatchObject({ tags: [], version: 2 }), 15_000)
  tickets.catalog.tags = []
  await tickets.publish(5, 'tag.updated', 1, event(tag(1, 'gone', 4)))
  await tickets.publish(5, 'tag.updated', 2, event(tag(2, 'marker')))
  await vi.waitFor(
    async () => expect(await tickets.sql`select 1 from tags where tenant_id = 5 and id = 2`).toHaveLength(1),
    15_000,
  )
  await expect(tickets.open(callFor(5), { tags: ['gone'] })).rejects.toMatchObject({ fields: [{ path: 'tags.0' }] })
})

test('detaching a tag takes it off at once, and again without harm', async () => {
  tickets.catalog.tags = [tag(1, 'a'), tag(2, 'b')]
  const { id } = await tickets.open(callFor(6), { tags: ['a', 'b'] })
  await tickets.open(callFor(6), { tags: ['a'] })
  expect(await tickets.client.countTagTickets({ id: 1 }, callFor(6))).toEqual({ ticket_count: 2 })
  expect(await tickets.client.detachTag({ id: 1 }, callFor(6))).toEqual({ ticket_count: 2 })
  expect(await tickets.client.detachTag({ id: 1 }, callFor(6))).toEqual({ ticket_count: 0 })
  expect(await slugsOf(6, id)).toEqual(['b'])
})

test('new tags replace the old ones, and an empty list in the mask clears them', async () => {
  tickets.catalog.tags = [tag(1, 'a'), tag(2, 'b'), tag(3, 'c')]
  const { id } = await tickets.open(callFor(7), { tags: ['a', 'b'] })
  await tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, tags: ['c', 'b'] }), callFor(7))
  expect(await slugsOf(7, id)).toEqual(['b', 'c'])
  await tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, update_mask: ['tags'] }), callFor(7))
  expect(await slugsOf(7, id)).toEqual([])
  await vi.waitFor(async () => {
    const events = await tickets.told(7, 'ticket.updated')
    expect(events.map(({ data }) => data.changes.tags)).toEqual([
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      [['b', 'c'], []],
    ])
  }, 15_000)
})

test('a tag that only catalog-svc could know is unavailable while it is away', async () => {
  await using alone = await startTestTickets()
  await alone.catalog[Symbol.asyncDispose]()
  await expect(alone.open(callFor(1), { tags: ['vip'] })).rejects.toMatchObject({ code: 'unavailable' })
  expect(await alone.open(callFor(1))).toMatchObject({ status: 'new' })
})

test('tags are added and taken off one by one', async () => {
  tickets.catalog.tags = [tag(1, 'a'), tag(2, 'b'), tag(3, 'c')]
  const { id } = await tickets.open(callFor(8), { tags: ['a', 'b'] })
  const edit = (more: object) =>
    tickets.client.updateTicket(UpdateTicketRequest.fromPartial({ id, ...more }), callFor(8))
  expect((await edit({ add_tags: ['c', 'a'], remove_tags: ['b'] })).tags.map(({ slug }) => slug)).toEqual(['a', 'c'])
  expect(await edit({ add_tags: ['a'], remove_tags: ['b'] })).toMatchObject({ version: 2 })
  await expect(edit({ add_tags: ['a', 'none'] })).rejects.toMatchObject({ fields: [{ path: 'add_tags.1' }] })
  await expect(edit({ tags: ['a'], add_tags: ['b'] })).rejects.toMatchObject({ fields: [{ path: 'tags' }] })
})

test('a ticket has up to 50 tags', async () => {
  tickets.catalog.tags = Array.from({ length: 51 }, (_, index) => tag(index + 1, `t${index + 1}`))
  const slugs = tickets.catalog.tags.map(({ slug }) => slug)
  const { id } = await tickets.open(callFor(9), { tags: slugs.slice(0, 50) })
  const update = UpdateTicketRequest.fromPartial({ id, add_tags: ['t51'] })
  await expect(tickets.client.updateTicket(update, callFor(9))).rejects.toMatchObject({
    fields: [{ path: 'add_tags' }],
  })
  const swap = UpdateTicketRequest.fromPartial({ id, add_tags: ['t51'], remove_tags: ['t1'] })
  expect((await tickets.client.updateTicket(swap, callFor(9))).tags).toHaveLength(50)
})
