import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

const find = (tenantId: number, ...event_ids: string[]) =>
  audit.client.findRecordedEvents({ event_ids }, callFor(tenantId))

test('finds what is recorded and what was put aside, of the asking tenant only', async () => {
  const recorded = [eventOf(1, 'ticket.created'), eventOf(1, 'ticket.moved')]
  const poison = eventOf(1, 'ticket.updated', { time: 'noon' })
  const foreign = eventOf(2, 'ticket.created')
  await audit.publish(...recorded, poison, foreign)
  const known = [...recorded, poison].map(({ id }) => id)
  await vi.waitFor(async () => {
    const { event_ids } = await find(1, ...known, foreign.id, 'evt_never_published')
    expect(event_ids.sort()).toEqual(known.sort())
  }, 15_000)
})

test('once all is handled it says so, up to the moment of the question', async () => {
  const event = eventOf(3, 'ticket.created')
  const askedAt = Date.now()
  await audit.publish(event)
  await vi.waitFor(async () => {
    const { event_ids, handled_until } = await find(3, event.id)
    expect(event_ids).toEqual([event.id])
    expect(handled_until?.getTime()).toBeGreaterThanOrEqual(askedAt)
  }, 15_000)
})

test('while the consumer is behind, what it has not come to is not taken for lost', async () => {
  await using hold = await audit.holdConsumer()
  const events = Array.from({ length: 3 }, () => eventOf(4, 'ticket.updated'))
  await audit.publish(...events)
  const { event_ids, handled_until } = await find(4, ...events.map(({ id }) => id))
  expect(event_ids).toEqual([])
  expect(handled_until === null || handled_until < hold.since).toBe(true)
})

test('from 1 to 1,000 ids are taken', async () => {
  const tooMany = Array.from({ length: 1_001 }, (_, index) => `evt_${index}`)
  for (const ids of [[], tooMany]) {
    await expect(find(5, ...ids)).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path: 'event_ids' }] })
  }
  await expect(find(5, ...tooMany.slice(1))).resolves.toMatchObject({ event_ids: [] })
})
