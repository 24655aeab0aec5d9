import { connect, type Sql, type Tx } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import type { DomainEvent } from '@helpdesk/proto/events'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bus, consume, consumeInOrder, eventMigrations } from './index.ts'
import { takeNatsAccount } from './testing.ts'

const log = process.env.TEST_LOG_LEVEL ? console : { info() {}, warn() {}, error() {} }
const filter = 'helpdesk.events.>'

let resources: AsyncDisposableStack
let databaseUrl: string
let sql: Sql
let bus: Bus
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  databaseUrl = resources.use(await createTestDatabase([eventMigrations])).url
  sql = connect({ url: databaseUrl, name: 'tests', max: 4 })
  resources.defer(() => sql.end())
  await sql`create table handled (event_id text not null, position bigint generated always as identity)`
})
beforeEach(async () => {
  await bus?.[Symbol.asyncDispose]()
  await sql`truncate handled, processed_events, dead_letters, stream_positions`
  bus = new Bus({ url: await takeNatsAccount(), name: 'tests', restoreAfterMs: 1_500, log })
  await vi.waitFor(
    async () => expect(await (await bus.manager())?.streams.info('HELPDESK_EVENTS')).toBeTruthy(),
    15_000,
  )
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await resources.disposeAsync()
})

// No message id: past the duplicate window the stream itself holds an event twice.
const publish = (id: string, payload: unknown = { id, type: 'tag.created', tenantid: 1 }) =>
  bus
    .jetstream()
    ?.publish('helpdesk.events.v1.1.tag.created', typeof payload === 'string' ? payload : JSON.stringify(payload))

const handled = async () =>
  (await sql<{ event_id: string }[]>`select event_id from handled order by position`).map((row) => row.event_id)
const parked = () => sql<{ payload: string; error: string }[]>`select payload, error from dead_letters`
const ids = (count: number) => Array.from({ length: count }, (_, index) => `evt_${index}`)

const remember = async (tx: Tx, { id }: DomainEvent) => {
  if (id === 'evt_poison') throw new Error('cannot be handled')
  await tx`insert into handled (event_id) values (${id})`
}

test('an event that comes twice is handled once', async () => {
  await using _consumer = consume({ bus, sql, consumer: 'c', filter, handle: remember, log })
  for (const id of ['evt_a', 'evt_a', 'evt_b', 'evt_a']) await publish(id)
  await vi.waitFor(async () => expect((await handled()).sort()).toEqual(['evt_a', 'evt_b']), 15_000)
})

test('a consumer that stops in the middle goes on where it was', async () => {
  for (const id of ids(20)) await publish(id)
  const first = consume({ bus, sql, consumer: 'c', filter, handle: remember, log })
  await vi.waitFor(async () => expect((await handled()).length).toBeGreaterThan(0), 15_000)
  await first[Symbol.asyncDispose]()
  await using _second = consume({ bus, sql, consumer: 'c', filter, handle: remember, log })
  await vi.waitFor(async () => expect((await handled()).sort()).toEqual(ids(20).sort()), 20_000)
})

test('a poison event is parked with its error, and those behind it go on', async () => {
  await using _consumer = consume({ bus, sql, consumer: 'c', filter, handle: remember, log })
  await publish('evt_poison')
  await publish('evt_behind')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_behind']), 15_000)
  await vi.waitFor(
    async () => expect(await parked()).toMatchObject([{ error: expect.stringContaining('cannot') }]),
    25_000,
  )
})

const handleBatch = async (tx: Tx, events: DomainEvent[]) => {
  for (const event of events) await remember(tx, event)
}
const inOrder = () => consumeInOrder({ bus, databaseUrl, consumer: 'o', filter, handle: handleBatch, log })

test('an ordered consumer keeps the order of the stream, parks what is poison at once, and goes on', async () => {
  await using _consumer = inOrder()
  for (const id of ids(30)) await publish(id)
  await publish('evt_poison')
  await publish('evt_', 'this is not JSON')
  await publish('evt_last')
  await vi.waitFor(async () => expect(await handled()).toEqual([...ids(30), 'evt_last']), 15_000)
  expect((await parked()).map(({ payload }) => payload)).toContain('this is not JSON')
})

test('of two ordered consumers one works, and the other takes over behind it', async () => {
  const first = inOrder()
  await using _second = inOrder()
  for (const id of ids(10)) await publish(id)
  await vi.waitFor(async () => expect(await handled()).toEqual(ids(10)), 15_000)
  await first[Symbol.asyncDispose]()
  for (const id of ids(20).slice(10)) await publish(id)
  await vi.waitFor(async () => expect(await handled()).toEqual(ids(20)), 15_000)
})

test('a stream made anew is read from its beginning', async () => {
  await using _consumer = inOrder()
  for (const id of ids(5)) await publish(id)
  await vi.waitFor(async () => expect(await handled()).toEqual(ids(5)), 15_000)
  const manager = await bus.manager()
  await manager?.streams.delete('HELPDESK_EVENTS')
  await bus.restoreStream()
  await publish('evt_new')
  await vi.waitFor(async () => expect(await handled()).toEqual([...ids(5), 'evt_new']), 20_000)
})
