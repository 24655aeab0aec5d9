import { connect, type Sql } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bus, eventMigrations, outboxBacklog, startRelay } from './index.ts'
import { emitTag, quietLog, readStream, takeNatsAccount, withoutAudit } from './testing.ts'

let resources: AsyncDisposableStack
let databaseUrl: string
let natsUrl: string
let sql: Sql
let bus: Bus
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  databaseUrl = resources.use(await createTestDatabase([eventMigrations])).url
  sql = connect({ url: databaseUrl, name: 'tests', max: 4 })
  resources.defer(() => sql.end())
})
beforeEach(async () => {
  await bus?.[Symbol.asyncDispose]()
  await sql`truncate outbox, stream_positions, idempotency_keys, processed_events`
  natsUrl = await takeNatsAccount()
  bus = new Bus({ url: natsUrl, name: 'tests', log: quietLog })
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await resources.disposeAsync()
})

const relay = (options: Partial<Parameters<typeof startRelay>[0]>) =>
  startRelay({
    databaseUrl,
    source: 'tests',
    bus,
    ...withoutAudit,
    compareMs: 50,
    graceMs: 0,
    log: quietLog,
    ...options,
  })

/** An audit-svc that has every event, but for some. */
const hasAllBut = (missing: readonly string[], handled_until: () => Date | null = () => new Date()) => ({
  findRecorded: async (_tenantId: number, ids: string[]) => ({
    event_ids: ids.filter((id) => !missing.includes(id)),
    handled_until: handled_until(),
  }),
})

const outbox = () => sql<{ event_id: string; published_at: Date | null; recorded_at: Date | null }[]>`
  select event_id, published_at, recorded_at from outbox order by id`
const emit = (...versions: number[]) => emitTag(sql, 1, versions)

test('an event that audit-svc has is marked so, and stays for the time it is kept', async () => {
  await using _relay = relay(hasAllBut([]))
  await emit(1, 2, 3)
  await vi.waitFor(async () => {
    const rows = await outbox()
    expect(rows.map(({ recorded_at }) => recorded_at)).toEqual([1, 2, 3].map(() => expect.any(Date)))
  }, 15_000)
  expect(await outboxBacklog(sql)).toEqual({ unpublished: 0, oldest_seconds: 0, unrecorded: 0 })
})

test('an event that audit-svc has goes when its time is over', async () => {
  await emit(1, 2, 3)
  await sql`update outbox set published_at = now() - interval '2 hours', recorded_at = now() - interval '61 minutes'`
  await emit(4)
  await using _relay = relay(hasAllBut([]))
  await vi.waitFor(async () => expect(await outbox()).toHaveLength(1), 15_000)
})

test('an event that got lost is published again, once it must have arrived', async () => {
  await emit(1, 2)
  const [first] = await outbox()
  const missing = [first?.event_id ?? '']
  const onRepublish = vi.fn((_events: number) => void missing.pop())
  await using _relay = relay({ ...hasAllBut(missing), onRepublish })
  await vi.waitFor(() => expect(onRepublish.mock.calls).toEqual([[1]]), 15_000)
  await vi.waitFor(async () => expect((await outbox()).every(({ recorded_at }) => recorded_at)).toBe(true), 15_000)
  expect(onRepublish).toHaveBeenCalledOnce()
})

test.each([
  ['audit-svc is behind', () => new Date(Date.now() - 3_600_000)],
  ['audit-svc cannot tell how far it is', () => null],
])('while %s nothing is published twice', async (_when, handledUntil) => {
  await emit(1, 2)
  const ids = (await outbox()).map(({ event_id }) => event_id)
  const onRepublish = vi.fn()
  const { findRecorded } = hasAllBut(ids, handledUntil)
  const asked = vi.fn(findRecorded)
  await using _relay = relay({ findRecorded: asked, onRepublish })
  await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(3), 15_000)
  expect(onRepublish).not.toHaveBeenCalled()
  expect(await outboxBacklog(sql)).toMatchObject({ unpublished: 0, unrecorded: 2 })
})

test('while audit-svc is away events are published, and none is dropped before the last day', async () => {
  await emit(1, 2)
  await sql`update outbox set published_at = now(), created_at = now() - interval '30 days' + interval '1 minute'`
  await emit(3)
  const asked = vi.fn(withoutAudit.findRecorded)
  await using _relay = relay({ findRecorded: asked })
  await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(1), 15_000)
  await vi.waitFor(async () => expect(await readStream(natsUrl)).toHaveLength(1), 15_000)
  expect(await outbox()).toHaveLength(3)
})

test('after its last day an event goes that audit-svc never had; one that was never published stays', async () => {
  await emit(1, 2)
  await sql`update outbox set created_at = now() - interval '31 days', published_at = now() - interval '31 days'`
  await emit(3)
  await sql`update outbox set created_at = now() - interval '31 days'`
  await bus[Symbol.asyncDispose]()
  await using _relay = relay({})
  await vi.waitFor(async () => expect(await outbox()).toMatchObject([{ published_at: null }]), 15_000)
})

test('stored answers and the ids of handled events go when their time is over', async () => {
  await sql`
    insert into idempotency_keys (tenant_id, caller, rpc, resource_id, idempotency_key, fingerprint, response, created_at)
    select 1, 'c', 'r', '', number, '', '', now() - number * interval '1 hour' from generate_series(1, 2000) as number`
  await sql`
    insert into processed_events (tenant_id, consumer, event_id, processed_at)
    select 1, 'c', number, now() - number * interval '1 day' + interval '1 hour' from generate_series(1, 2000) as number`
  await using _relay = relay({})
  await vi.waitFor(async () => {
    const [left] = await sql`
      select (select count(*) from idempotency_keys) as answers, (select count(*) from processed_events) as events`
    expect(left).toEqual({ answers: 23, events: 60 })
  }, 15_000)
})
