import { requestReplay } from '@helpdesk/events'
import { leaderOf } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { ListEntriesRequest } from '@helpdesk/proto/audit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

/** The tenant's event ids, the oldest first. */
async function recorded(tenantId: number): Promise<string[]> {
  const { data } = await audit.client.listEntries(ListEntriesRequest.fromPartial({ limit: 200 }), callFor(tenantId))
  return data.map(({ event_id }) => event_id).reverse()
}

const isValid = async (tenantId: number) => (await audit.client.verifyChain({}, callFor(tenantId))).ok

test('events are recorded in the stream’s order, each tenant’s in a chain of its own', async () => {
  const events = Array.from({ length: 120 }, (_, index) => eventOf(1 + (index % 2), 'ticket.updated'))
  await audit.publish(...events)
  for (const tenantId of [1, 2]) {
    const ids = events.filter(({ tenantid }) => tenantid === tenantId).map(({ id }) => id)
    await vi.waitFor(async () => expect(await recorded(tenantId)).toEqual(ids), 15_000)
    expect(await isValid(tenantId)).toBe(true)
  }
})

test('an event that comes twice is recorded once, at once or later', async () => {
  const [first, second] = [eventOf(3, 'ticket.created'), eventOf(3, 'ticket.moved')]
  await audit.publish(first, first)
  await vi.waitFor(async () => expect(await recorded(3)).toEqual([first.id]), 15_000)
  await audit.publish(first, second)
  await vi.waitFor(async () => expect(await recorded(3)).toEqual([first.id, second.id]), 15_000)
  expect(await isValid(3)).toBe(true)
})

test('a message that is no event is put aside, and those behind it go on', async () => {
  const [before, after] = [eventOf(4, 'ticket.created'), eventOf(4, 'ticket.moved')]
  const { id: _, ...nameless } = eventOf(4, 'ticket.updated')
  const subject = 'helpdesk.events.v1.4.ticket.updated'
  await audit.publish(before)
  await audit.publishRaw(
    { subject, payload: 'not JSON' },
    { subject, payload: JSON.stringify(nameless) },
    { subject, payload: JSON.stringify(eventOf(4, 'ticket.updated', { time: 'noon' })) },
    { subject, payload: JSON.stringify(eventOf(4, 'ticket.updated', { data: 'text' as never })) },
  )
  await audit.publish(after)
  await vi.waitFor(async () => expect(await recorded(4)).toEqual([before.id, after.id]), 15_000)
  const letters = await audit.sql`select payload from dead_letters where tenant_id = 4`
  expect(letters).toHaveLength(4)
  expect(letters.map(({ payload }) => payload)).toContain('not JSON')
  expect(await isValid(4)).toBe(true)
})

test('an event that was put aside is recorded once when it is replayed, and the chain stays whole', async () => {
  const [before, poison, after] = [
    eventOf(6, 'ticket.created'),
    eventOf(6, 'ticket.moved'),
    eventOf(6, 'ticket.replied'),
  ]
  await audit.sql`alter table audit_log add constraint cause check (event_id <> ${audit.sql.unsafe(`'${poison.id}'`)})`
  await audit.publish(before, poison, after)
  await vi.waitFor(async () => expect(await recorded(6)).toEqual([before.id, after.id]), 15_000)
  await audit.sql`alter table audit_log drop constraint cause`
  await requestReplay(audit.sql, poison.id)
  // Meanwhile the stream brings it again.
  await audit.publish(poison)
  const all = [before.id, after.id, poison.id]
  await vi.waitFor(async () => expect(await recorded(6)).toEqual(all), 15_000)
  await vi.waitFor(
    async () => expect(await audit.sql`select from dead_letters where tenant_id = 6`).toEqual([]),
    15_000,
  )
  expect(await recorded(6)).toEqual(all)
  expect(await isValid(6)).toBe(true)
})

test('the service’s role can neither change the log nor take away from it', async () => {
  const role = connect({ url: audit.databaseUrl, name: 'tests', max: 1, role: 'helpdesk_audit' })
  const forbidden = [
    "update audit_log set actor_id = '99'",
    'delete from audit_log',
    'truncate audit_log, audit_data',
    "update audit_data set data = '{}'",
    'delete from audit_data',
    'delete from audit_heads',
    'alter table audit_log add column x int',
  ]
  for (const statement of forbidden) {
    await expect(role.unsafe(statement), statement).rejects.toMatchObject({ code: '42501' })
  }
  await role.end()
})

test('of two instances one records; when it stops, the other goes on where it was', async () => {
  await using second = await audit.startInstance()
  const before = Array.from({ length: 50 }, () => eventOf(5, 'ticket.updated'))
  await audit.publish(...before)
  await vi.waitFor(async () => expect(await recorded(5)).toHaveLength(50), 15_000)
  expect(await leaderOf(audit.sql, 'consumer/audit-svc')).toBeTruthy()

  await audit.stopFirst()
  const after = Array.from({ length: 50 }, () => eventOf(5, 'ticket.updated'))
  await audit.publish(...after)
  await vi.waitFor(async () => {
    const { checked, ok } = await second.client.verifyChain({}, callFor(5))
    expect({ checked, ok }).toEqual({ checked: 100, ok: true })
  }, 15_000)
  const { data } = await second.client.listEntries(ListEntriesRequest.fromPartial({ limit: 200 }), callFor(5))
  expect(data.map(({ event_id }) => event_id).reverse()).toEqual([...before, ...after].map(({ id }) => id))
})
