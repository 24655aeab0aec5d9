import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Sql, type Tx } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import type { DomainEvent } from '@helpdesk/proto/events'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Bus, consumeInOrder, eventMigrations, startRelay } from './index.ts'
import { emitTag, leaderOf, openProxy, quietLog, readStream, takeNatsAccount, withoutAudit } from './testing.ts'

let resources: AsyncDisposableStack
let databaseUrl: string
let natsUrl: string
let sql: Sql
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  databaseUrl = resources.use(await createTestDatabase([eventMigrations])).url
  sql = connect({ url: databaseUrl, name: 'tests', max: 4 })
  resources.defer(() => sql.end())
  await sql`create table handled (number int not null, position bigint generated always as identity)`
})
beforeEach(async () => {
  natsUrl = await takeNatsAccount()
  await sql`truncate outbox, handled, stream_positions`
})
afterAll(() => resources.disposeAsync())

const openBus = (log = quietLog) => new Bus({ url: natsUrl, name: 'tests', log })
const relay = (bus: Bus, url = databaseUrl, log = quietLog) =>
  startRelay({ databaseUrl: url, source: 'tests', bus, ...withoutAudit, log })

const emit = (...versions: number[]) => emitTag(sql, 1, versions)
const numberOf = ({ data }: DomainEvent) => (data as { version: number }).version
const published = async () => (await readStream(natsUrl)).map(numberOf)
const handled = async () =>
  (await sql<{ number: number }[]>`select number from handled order by position`).map(({ number }) => number)

async function handle(tx: Tx, events: DomainEvent[]): Promise<void> {
  for (const event of events) await tx`insert into handled (number) values (${numberOf(event)})`
}

// How long another takes to lead is seconds; on busy cores everything else takes as long again.
const soon = 30_000
vi.setConfig({ testTimeout: 4 * soon })

const untilAnotherLeads = (name: string, before: number | undefined) =>
  vi.waitFor(async () => expect([undefined, before]).not.toContain(await leaderOf(sql, name)), soon)

test('a relay whose process is killed is followed by another within seconds', async () => {
  const program = `
    import { Bus, startRelay } from '@helpdesk/events'
    import { quietLog as log, withoutAudit } from '@helpdesk/events/testing'
    const bus = new Bus({ url: process.env.NATS, name: 'tests', log })
    startRelay({ databaseUrl: process.env.DATABASE, source: 'tests', bus, ...withoutAudit, log })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...process.env, NATS: natsUrl, DATABASE: databaseUrl },
    stdio: 'inherit',
  })
  try {
    await emit(1, 2, 3)
    await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), soon)
    await using bus = openBus()
    await using _second = relay(bus)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await emit(4, 5, 6)
    await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3, 4, 5, 6]), soon)
  } finally {
    child.kill('SIGKILL')
  }
})

test('a relay whose connection to PostgreSQL hangs stops leading, and another leads meanwhile', async () => {
  await using proxy = await openProxy(databaseUrl)
  const warn = vi.fn()
  await using bus = openBus()
  await using _first = relay(bus, proxy.url, { ...quietLog, warn })
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), soon)
  await using _second = relay(bus)
  const before = await leaderOf(sql, 'outbox-relay/tests')
  const hasGivenUp = () =>
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ leader_of: 'outbox-relay/tests' }), expect.anything())
  expect(hasGivenUp).toThrow()
  proxy.silence(true)
  await untilAnotherLeads('outbox-relay/tests', before)
  await emit(4, 5, 6)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3, 4, 5, 6]), soon)
  await vi.waitFor(hasGivenUp, soon)
  proxy.silence(false)
  await emit(7)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3, 4, 5, 6, 7]), soon)
})

test('an ordered consumer whose connection hangs is followed by another, in order and nothing twice', async () => {
  await using proxy = await openProxy(databaseUrl)
  await using bus = openBus()
  await using _relay = relay(bus)
  const consumer = (url: string) =>
    consumeInOrder({ bus, databaseUrl: url, consumer: 'o', filter: 'helpdesk.events.>', handle, log: quietLog })
  await using _first = consumer(proxy.url)
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await handled()).toEqual([1, 2, 3]), soon)
  await using _second = consumer(databaseUrl)
  const before = await leaderOf(sql, 'consumer/o')
  proxy.silence(true)
  await emit(4, 5, 6)
  await untilAnotherLeads('consumer/o', before)
  await vi.waitFor(async () => expect(await handled()).toEqual([1, 2, 3, 4, 5, 6]), soon)
  // What the first had under way when the silence began reaches PostgreSQL now, or never.
  proxy.silence(false)
  await emit(7)
  await vi.waitFor(async () => expect(await handled()).toEqual([1, 2, 3, 4, 5, 6, 7]), soon)
})
