import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Sql, type Tx } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import type { DomainEvent } from '@helpdesk/proto/events'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type RunningNats, startNatsServer } from '../../../tools/backend/nats-server.ts'
import { freePort } from '../../../tools/backend/processes.ts'
import { cacheFolder } from '../../../tools/stack/local-file.ts'
import { Bus, consumeInOrder, eventMigrations, startRelay } from './index.ts'
import { emitTag, quietLog, readStream, withoutAudit } from './testing.ts'

// A NATS server of this file's own, whose data it can take away.
let resources: AsyncDisposableStack
let databaseUrl: string
let sql: Sql
let nats: RunningNats
let folder: string
let port: number
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  databaseUrl = resources.use(await createTestDatabase([eventMigrations])).url
  sql = connect({ url: databaseUrl, name: 'tests', max: 4 })
  resources.defer(() => sql.end())
  await sql`create table log (number int primary key, position bigint generated always as identity)`
  folder = mkdtempSync(join(tmpdir(), 'helpdesk-nats-'))
  chmodSync(folder, 0o755)
  port = await freePort()
  await startNats()
  resources.defer(async () => {
    await nats.stop('SIGKILL')
    rmSync(folder, { recursive: true })
  })
})
beforeEach(async () => {
  await sql`truncate outbox, log, stream_positions restart identity`
  await nats.stop('SIGKILL')
  rmSync(data(), { recursive: true, force: true })
  await startNats()
})
afterAll(() => resources.disposeAsync())

const data = () => join(folder, 'jetstream')
const startNats = async () => {
  nats = await startNatsServer({ folder, port, cache: cacheFolder })
}
const openBus = () => new Bus({ url: nats.url, name: 'tests', log: quietLog })
const relayOf = (bus: Bus, url = databaseUrl) =>
  startRelay({ databaseUrl: url, source: 'tests', bus, ...withoutAudit, log: quietLog })

/** Commits events of one resource, so that their order counts. */
const emit = (...versions: number[]) => emitTag(sql, 1, versions)
const numberOf = ({ data }: DomainEvent) => (data as { version: number }).version
const published = async () => (await readStream(nats.url)).map(numberOf)

/** Keeps each event once, as audit-svc does. */
const record = async (tx: Tx, events: DomainEvent[]) => {
  for (const event of events) await tx`insert into log (number) values (${numberOf(event)}) on conflict do nothing`
}
const recorder = (bus: Bus) =>
  consumeInOrder({ bus, databaseUrl, consumer: 'log', filter: 'helpdesk.events.>', handle: record, log: quietLog })
const recorded = async () =>
  (await sql<{ number: number }[]>`select number from log order by position`).map(({ number }) => number)

test('a stream that is removed while all are connected is made again, older events before newer ones', async () => {
  await using bus = openBus()
  await using _relay = relayOf(bus)
  // Another producer, which may be the one that makes the stream.
  await using database = await createTestDatabase([eventMigrations])
  await using other = openBus()
  await using _other = relayOf(other, database.url)
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), 15_000)
  await (await bus.manager())?.streams.delete('HELPDESK_EVENTS')
  for (const number of [4, 5, 6]) await emit(number)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3, 4, 5, 6]), 15_000)
})

test('a server that only stopped has lost nothing, and nothing is published again', async () => {
  await using bus = openBus()
  await using _relay = relayOf(bus)
  const publishedAt = async () =>
    (
      await sql<{ at: string }[]>`
      select published_at::text as at from outbox where published_at is not null order by id limit 3`
    ).map(({ at }) => at)
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await publishedAt()).toHaveLength(3), 15_000)
  const before = await publishedAt()
  // Twice, since a server may change what it knows of a stream when it is updated.
  for (const version of [4, 5]) {
    await nats.stop()
    await startNats()
    await emit(version)
    await vi.waitFor(async () => expect(await published()).toContain(version), 15_000)
  }
  expect(await publishedAt()).toEqual(before)
})

test('a server that comes back without its data gets every kept event, and the log each once, in order', async () => {
  await using bus = openBus()
  await using _relay = relayOf(bus)
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), 15_000)
  // The log has not caught up when the stream is lost.
  await nats.stop('SIGKILL')
  rmSync(data(), { recursive: true })
  await emit(4)
  await startNats()
  await emit(5)
  await using _recorder = recorder(bus)
  await vi.waitFor(async () => expect(await recorded()).toEqual([1, 2, 3, 4, 5]), 20_000)
  expect(await published()).toEqual([1, 2, 3, 4, 5])
})

test('a loss while the producer was down is noticed when it starts', async () => {
  {
    await using bus = openBus()
    await using _relay = relayOf(bus)
    await emit(1, 2, 3)
    await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), 15_000)
  }
  await nats.stop('SIGKILL')
  rmSync(data(), { recursive: true })
  await startNats()
  await emit(4)
  await using bus = openBus()
  await using _relay = relayOf(bus)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3, 4]), 20_000)
})

test('a server that comes back with older data is given what it lost, and the log misses nothing', async () => {
  await using bus = openBus()
  await using _relay = relayOf(bus)
  await using _recorder = recorder(bus)
  await emit(1, 2)
  await vi.waitFor(async () => expect(await recorded()).toEqual([1, 2]), 15_000)
  await nats.stop()
  cpSync(data(), `${data()}-older`, { recursive: true })
  await startNats()
  await emit(3, 4, 5)
  await vi.waitFor(async () => expect(await recorded()).toEqual([1, 2, 3, 4, 5]), 15_000)
  await nats.stop()
  rmSync(data(), { recursive: true })
  cpSync(`${data()}-older`, data(), { recursive: true })
  await startNats()
  // The stream gives the numbers 3 to 6 a second time; the log is past 5.
  await emit(6)
  await vi.waitFor(async () => expect(await recorded()).toEqual([1, 2, 3, 4, 5, 6]), 20_000)
  // 1 and 2 are there still, and JetStream drops their repeats.
  expect(await published()).toEqual([1, 2, 3, 4, 5, 6])
})

test('a stream that somebody makes anew at once is filled with every kept event', async () => {
  await using bus = openBus()
  await using _relay = relayOf(bus)
  await emit(1, 2, 3)
  await vi.waitFor(async () => expect(await published()).toEqual([1, 2, 3]), 15_000)
  const manager = await bus.manager()
  const { config } = (await manager?.streams.info('HELPDESK_EVENTS')) ?? { config: {} }
  await manager?.streams.delete('HELPDESK_EVENTS')
  await manager?.streams.add(config)
  await emit(4)
  await vi.waitFor(async () => expect((await published()).sort()).toEqual([1, 2, 3, 4]), 15_000)
})
