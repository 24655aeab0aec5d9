import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bus, eventMigrations, outboxBacklog, startRelay } from './index.ts'
import { emitTag, quietLog, readStream, takeNatsAccount, withoutAudit } from './testing.ts'

let resources: AsyncDisposableStack
let databaseUrl: string
let natsUrl: string
let sql: Sql
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase([eventMigrations]))
  databaseUrl = database.url
  sql = connect({ url: databaseUrl, name: 'tests', max: 4 })
  resources.defer(() => sql.end())
})
beforeEach(async () => {
  natsUrl = await takeNatsAccount()
  await sql`truncate outbox`
})
afterAll(() => resources.disposeAsync())

const emit = (number: number, beforeCommit?: () => Promise<unknown>) => emitTag(sql, number, [1], beforeCommit)
const published = async () => (await readStream(natsUrl)).map(({ data }) => (data as { tag_id: number }).tag_id)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const relayOn = (bus: Bus) => startRelay({ databaseUrl, source: 'tests', bus, ...withoutAudit, log: quietLog })
const openBus = () => new Bus({ url: natsUrl, name: 'tests', log: quietLog })

test('two relays publish each event once, in order', async () => {
  await using bus = openBus()
  await using _first = relayOn(bus)
  await using _second = relayOn(bus)
  for (const number of numbers(50)) await emit(number)
  await vi.waitFor(async () => {
    expect(await published()).toEqual(numbers(50))
    expect(await outboxBacklog(sql)).toEqual({ unpublished: 0, oldest_seconds: 0, unrecorded: 50 })
  }, 15_000)
})

test('a transaction that commits late is not skipped', async () => {
  await using bus = openBus()
  await using _relay = relayOn(bus)
  const late = emit(1, () => sleep(1_000))
  await vi.waitFor(async () => {
    const [row] = await sql`select last_value from pg_sequences where sequencename = 'outbox_id_seq'`
    expect(row?.last_value).not.toBeNull()
  }, 15_000)
  await emit(2)
  await vi.waitFor(async () => expect(await published()).toContain(2), 15_000)
  await late
  await vi.waitFor(async () => expect((await published()).sort()).toEqual([1, 2]), 15_000)
})

test('events wait while NATS is away, and are counted', async () => {
  const away = new Bus({ url: 'nats://127.0.0.1:1', name: 'tests', log: quietLog })
  const idle = relayOn(away)
  for (const number of numbers(3)) await emit(number)
  await vi.waitFor(async () => expect((await outboxBacklog(sql)).oldest_seconds).toBeGreaterThan(0.2), 15_000)
  expect((await outboxBacklog(sql)).unpublished).toBe(3)
  await idle[Symbol.asyncDispose]()
  await away[Symbol.asyncDispose]()

  await using bus = openBus()
  await using _relay = relayOn(bus)
  await vi.waitFor(async () => expect(await published()).toEqual(numbers(3)), 15_000)
})

test('a relay that loses its lock with its connection stands again; nothing is lost or doubled', async () => {
  await using bus = openBus()
  await using _first = relayOn(bus)
  await using _second = relayOn(bus)
  const leaders = () => sql<{ pid: number }[]>`select pid from pg_locks where locktype = 'advisory' and granted`
  await vi.waitFor(async () => expect(await leaders()).toHaveLength(1), 15_000)
  for (const number of numbers(40)) {
    await emit(number)
    if (number % 10 === 0) for (const { pid } of await leaders()) await sql`select pg_terminate_backend(${pid})`
  }
  await vi.waitFor(async () => expect(await published()).toEqual(numbers(40)), 15_000)
})
