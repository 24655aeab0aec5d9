import { ListEntriesRequest } from '@helpdesk/proto/audit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

const list = (tenantId: number, filters: Partial<ListEntriesRequest> = {}) =>
  audit.client.listEntries(ListEntriesRequest.fromPartial(filters), callFor(tenantId))

const untilRecorded = (tenantId: number, count: number) =>
  vi.waitFor(async () => expect((await list(tenantId)).total_count).toBe(count), 15_000)

test('an event becomes an entry with everything it said', async () => {
  const event = eventOf(1, 'ticket.status_changed', { via: 'api:17', actorkind: 'agent', actorid: '7' })
  await audit.publish(event)
  await untilRecorded(1, 1)
  const { data } = await list(1)
  expect(data).toEqual([
    {
      id: 1,
      event_id: event.id,
      event_key: 'ticket.status_changed',
      actor_kind: 'agent',
      actor_id: '7',
      via: 'api:17',
      resource_type: 'ticket',
      resource_id: '1',
      ticket_id: 1,
      request_id: 'req_test',
      data: event.data,
      prev_hash: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      created_at: new Date('2026-11-24T10:00:00.123Z'),
    },
  ])
})

test('the newest entries come first, page by page', async () => {
  await audit.publish(eventOf(2, 'ticket.created'), eventOf(2, 'ticket.moved'), eventOf(2, 'ticket.assigned'))
  await untilRecorded(2, 3)
  const first = await list(2, { limit: 2 })
  expect(first.data.map(({ event_key }) => event_key)).toEqual(['ticket.assigned', 'ticket.moved'])
  expect(first).toMatchObject({ has_more: true, total_count: 3 })
  const second = await list(2, { limit: 2, cursor: first.next_cursor ?? null })
  expect(second.data.map(({ event_key }) => event_key)).toEqual(['ticket.created'])
  expect(second).toMatchObject({ has_more: false, next_cursor: null, total_count: 3 })
})

test('each filter leaves what it names', async () => {
  const ofTag = {
    subject: 'tags/5',
    data: { tag_id: 5, slug: 'a', name: 'A', color: '#000000', changes: {}, version: 1 },
  }
  const [created, tagged, moved] = [
    eventOf(3, 'ticket.created', { time: '2026-11-24T10:00:00.000Z' }),
    eventOf(3, 'tag.created', { time: '2026-11-24T11:00:00.000Z', actorkind: 'agent', actorid: '7', ...ofTag }),
    eventOf(3, 'ticket.moved', { time: '2026-11-24T12:00:00.000Z' }),
  ]
  await audit.publish(created, tagged, moved)
  await untilRecorded(3, 3)
  const idsWith = async (filters: Partial<ListEntriesRequest>) =>
    (await list(3, filters)).data.map((row) => row.event_id)
  expect(await idsWith({ event_key: 'ticket.moved' })).toEqual([moved.id])
  expect(await idsWith({ actor_kind: 'agent' })).toEqual([tagged.id])
  expect(await idsWith({ ticket_id: 1 })).toEqual([moved.id, created.id])
  expect(await idsWith({ resource_type: 'tag' })).toEqual([tagged.id])
  expect(await idsWith({ resource_id: '5' })).toEqual([tagged.id])
  expect(await idsWith({ since: new Date('2026-11-24T11:00:00Z') })).toEqual([moved.id, tagged.id])
  expect(await idsWith({ until: new Date('2026-11-24T11:00:00Z') })).toEqual([created.id])
})

test('a message leaves no text in the log', async () => {
  const data = { ticket_id: 1, reference: 'HD-7K2M9QX', message_id: 9, author: null, body_md: 'Secret', version: 3 }
  await audit.publish(eventOf(4, 'ticket.note_added', { data }))
  await untilRecorded(4, 1)
  const [entry] = (await list(4)).data
  expect(entry?.data).toMatchObject({ message_id: 9, body_md_length: 6, body_md_sha256: expect.any(String) })
  expect(entry?.data).not.toHaveProperty('body_md')
})

test('a tenant sees its own entries, and its cursors are its own', async () => {
  await audit.publish(eventOf(5, 'ticket.created'), eventOf(5, 'ticket.moved'), eventOf(6, 'ticket.created'))
  await untilRecorded(5, 2)
  await untilRecorded(6, 1)
  const { next_cursor } = await list(5, { limit: 1 })
  await expect(list(6, { cursor: next_cursor ?? null })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('a filter that names nothing known is refused', async () => {
  const wrong = list(7, { limit: 201, actor_kind: 'robot' })
  await expect(wrong).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'limit' }, { path: 'actor_kind' }],
  })
})
