import { connect, type Sql, type Tx } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import type { DomainEvent } from '@helpdesk/proto/events'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
  Bus,
  consume,
  consumeInOrder,
  countDeadLetters,
  dropDeadLetter,
  eventMigrations,
  listDeadLetters,
  requestReplay,
} from './index.ts'
import { leaderOf, openProxy, takeNatsAccount } from './testing.ts'

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
  cause = 'cannot be handled'
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
const parked = () => listDeadLetters(sql, 100)
const ids = (count: number) => Array.from({ length: count }, (_, index) => `evt_${index}`)

/** Why evt_poison cannot be handled; undefined once that is mended. */
let cause: string | undefined
const remember = async (tx: Tx, { id }: DomainEvent) => {
  if (id === 'evt_poison' && cause) throw new Error(cause)
  await tx`insert into handled (event_id) values (${id})`
}

const plain = () => consume({ bus, sql, consumer: 'c', filter, handle: remember, log })

test('an event that comes twice is handled once', async () => {
  await using _consumer = plain()
  for (const id of ['evt_a', 'evt_a', 'evt_b', 'evt_a']) await publish(id)
  await vi.waitFor(async () => expect((await handled()).sort()).toEqual(['evt_a', 'evt_b']), 15_000)
})

test('a consumer that stops in the middle goes on where it was', async () => {
  for (const id of ids(20)) await publish(id)
  const first = plain()
  await vi.waitFor(async () => expect((await handled()).length).toBeGreaterThan(0), 15_000)
  await first[Symbol.asyncDispose]()
  await using _second = plain()
  await vi.waitFor(async () => expect((await handled()).sort()).toEqual(ids(20).sort()), 20_000)
})

const untilParked = () =>
  vi.waitFor(
    async () => expect(await parked()).toMatchObject([{ error: expect.stringContaining('cannot be handled') }]),
    30_000,
  )

test('a poison event is parked after five tries, and those behind it go on', async () => {
  await using _consumer = plain()
  await publish('evt_poison')
  await publish('evt_behind')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_behind']), 15_000)
  await untilParked()
  expect(await parked()).toMatchObject([{ tenant_id: 1, consumer: 'c', event_id: 'evt_poison', tries: 5 }])
  expect(await countDeadLetters(sql)).toEqual([{ consumer: 'c', count: 1 }])
})

test('of several instances one replays what is marked, when its cause is mended', async () => {
  await using _first = plain()
  await using _second = plain()
  await publish('evt_poison')
  await untilParked()
  cause = undefined
  expect(await requestReplay(sql, 'evt_poison')).toMatchObject([{ replay_requested_at: expect.any(Date) }])
  await vi.waitFor(async () => expect(await parked()).toEqual([]), 15_000)
  // The stream may deliver it again, too.
  await publish('evt_poison')
  await publish('evt_last')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_poison', 'evt_last']), 15_000)
})

const handleBatch = async (tx: Tx, events: DomainEvent[]) => {
  for (const event of events) await remember(tx, event)
}
const inOrder = (url = databaseUrl) =>
  consumeInOrder({ bus, databaseUrl: url, consumer: 'o', filter, handle: handleBatch, log })

test('an ordered consumer keeps the order of the stream, parks what is poison at once, and goes on', async () => {
  await using _consumer = inOrder()
  for (const id of ids(30)) await publish(id)
  await publish('evt_poison')
  await publish('evt_', 'this is not JSON')
  await publish('evt_last')
  await vi.waitFor(async () => expect(await handled()).toEqual([...ids(30), 'evt_last']), 15_000)
  expect((await parked()).map(({ error }) => error.split(':')[0])).toEqual(['Error', 'SyntaxError'])
})

test('an ordered consumer replays what is marked, between the others', async () => {
  await using _consumer = inOrder()
  for (const id of ['evt_poison', 'evt_a']) await publish(id)
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a']), 15_000)
  expect(await parked()).toMatchObject([{ consumer: 'o', event_id: 'evt_poison', tries: 2 }])
  cause = undefined
  await requestReplay(sql)
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a', 'evt_poison']), 15_000)
  await publish('evt_b')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a', 'evt_poison', 'evt_b']), 15_000)
  expect(await parked()).toEqual([])
})

test.each([
  ['an ordered consumer', () => inOrder(), 2],
  ['a consumer', plain, 5],
])(
  'what %s cannot replay is back with the new error and one try more, and may be dropped',
  async (_which, start, tries) => {
    await using _consumer = start()
    await publish('evt_poison')
    await untilParked()
    cause = 'cannot be handled still'
    await requestReplay(sql, 'evt_poison')
    await vi.waitFor(
      async () =>
        expect(await parked()).toMatchObject([
          { error: expect.stringContaining('still'), tries: tries + 1, replay_requested_at: null },
        ]),
      15_000,
    )
    expect(await dropDeadLetter(sql, 'evt_poison')).toHaveLength(1)
    expect(await countDeadLetters(sql)).toEqual([])
    expect(await handled()).toEqual([])
  },
)

test('one that comes again while it is parked is parked once, with all its tries', async () => {
  await using _consumer = inOrder()
  for (const id of ['evt_poison', 'evt_poison', 'evt_a']) await publish(id)
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a']), 15_000)
  expect(await parked()).toMatchObject([{ event_id: 'evt_poison', tries: 4 }])
})

test.each([
  ['is not text', '\u0000\u0001'],
  ['has an id that no index takes', { id: 'evt_'.repeat(1_000), type: 'tag.created', tenantid: 1 }],
  ['has an id that no column takes', { id: 'evt_\u0000', type: 'tag.created', tenantid: 1 }],
])('a message that %s is parked under its number, and blocks nobody', async (_what, payload) => {
  await using _consumer = inOrder()
  await publish('', payload)
  await publish('evt_a')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a']), 15_000)
  expect(await parked()).toMatchObject([{ event_id: 'seq-1' }])
})

test('while PostgreSQL is slow an ordered consumer waits, and parks nothing', async () => {
  await using _consumer = inOrder()
  await publish('evt_a')
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a']), 15_000)
  const warn = vi.spyOn(log, 'warn')
  await sql.begin(async (tx) => {
    await tx`lock table handled in exclusive mode`
    await publish('evt_b')
    await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('leading')), {
      timeout: 20_000,
    })
  })
  await vi.waitFor(async () => expect(await handled()).toEqual(['evt_a', 'evt_b']), 15_000)
  expect(await parked()).toEqual([])
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

test('an ordered consumer that loses its lock with its connection handles nothing more beside its successor', async () => {
  await using proxy = await openProxy(databaseUrl)
  await using _first = inOrder(proxy.url)
  await using _second = inOrder(proxy.url)
  const leader = () => leaderOf(sql, 'consumer/o')
  let published = 0
  for (let round = 0; round < 5; round++) {
    await vi.waitFor(async () => expect(await leader()).toBeTruthy(), 15_000)
    const before = await leader()
    proxy.cut()
    // Both the process that led and the one that leads have something to handle, for as long as the first may not know.
    while ([before, undefined].includes(await leader())) await publish(`evt_${published++}`)
    for (let more = 0; more < 30; more++) await publish(`evt_${published++}`)
    await vi.waitFor(async () => expect((await handled()).length).toBeGreaterThanOrEqual(published), 15_000)
  }
  expect(await handled()).toEqual(ids(published))
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
