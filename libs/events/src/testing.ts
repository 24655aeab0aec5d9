// For tests: a NATS account of a test file's own, and what its stream holds.

import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectPostgres, type Sql } from '@helpdesk/postgres'
import { type DomainEvent, eventSubject } from '@helpdesk/proto/events'
import { connect } from 'nats'
import { streamName } from './bus.ts'
import { decodeEvent } from './event.ts'
import { Outbox } from './outbox.ts'

export const quietLog = { info() {}, warn() {}, error() {} }

/** What a relay needs to know of an audit-svc that cannot be asked. */
export const withoutAudit = {
  findRecorded: () => Promise.reject(new Error('There is no audit-svc in this test')),
  onRepublish() {},
  keepHours: 1,
  maxDays: 30,
}

/** Commits an event of tenant 1 for each version, all of one tag. `beforeCommit` may hold the transaction open. */
export async function emitTag(sql: Sql, tag_id: number, versions: number[], beforeCommit?: () => Promise<unknown>) {
  const outbox = new Outbox('tests', { tenantId: 1, actor: { kind: 'system', id: 'tests' }, via: '', requestId: 'r' })
  const tag = { tag_id, slug: 's', name: 'n', color: '#000000', changes: {} }
  for (const version of versions) outbox.emit('tag.updated', tag_id, { ...tag, version })
  await sql.begin(async (tx) => {
    await outbox.write(tx)
    await beforeCommit?.()
  })
}

/** The backend that holds a leader's lock: `outbox-relay/<source>` or `consumer/<consumer>`. */
export async function leaderOf(sql: Sql, name: string): Promise<number | undefined> {
  const [row] = await sql<{ pid: number }[]>`
    select pid from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and application_name = ${name} and datname = current_database()`
  return row?.pid
}

/** The URL of an account that nobody else uses. TEST_NATS_URL names the server; the test run sets it. */
export async function takeNatsAccount(): Promise<string> {
  const { TEST_POSTGRES_URL, TEST_NATS_URL } = process.env
  if (!TEST_POSTGRES_URL || !TEST_NATS_URL)
    throw new Error('TEST_NATS_URL is not set: run the tests with npm test or nx')
  const sql = connectPostgres({ url: TEST_POSTGRES_URL, name: 'tests', max: 1 })
  try {
    const number = await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended('nats_account', 0))`
      await tx`create sequence if not exists nats_account`
      const [row] = await tx<[{ number: number }]>`select nextval('nats_account') as number`
      return row.number
    })
    return Object.assign(new URL(TEST_NATS_URL), { username: `t${number}`, password: 'test' }).toString()
  } finally {
    await sql.end()
  }
}

/** Every event in the stream so far, in order. */
export async function readStream(natsUrl: string): Promise<DomainEvent[]> {
  const { host, username, password } = new URL(natsUrl)
  const connection = await connect({ servers: host, user: username, pass: password })
  try {
    const manager = await connection.jetstreamManager()
    const { state } = await manager.streams.info(streamName).catch(() => ({ state: { messages: 0 } }))
    if (state.messages === 0) return []
    const source = await connection.jetstream().consumers.get(streamName)
    const events: DomainEvent[] = []
    for await (const message of await source.fetch({ max_messages: state.messages })) {
      events.push(decodeEvent(message.data))
      if (events.length === state.messages) break
    }
    return events
  } finally {
    await connection.close()
  }
}

/** Puts events, or what is none, into the stream that a service is making. The same one twice is there twice. */
export async function openPublisher(natsUrl: string) {
  const { host, username, password } = new URL(natsUrl)
  const connection = await connect({ servers: host, user: username, pass: password })
  const manager = await connection.jetstreamManager()
  for (let tries = 0; tries < 100; tries++) {
    const found = await manager.streams.info(streamName).then(
      () => true,
      () => false,
    )
    if (found) break
    await sleep(50)
  }
  const jetstream = connection.jetstream()
  /** Waits until the stream has them all. */
  const publishRaw = async (...messages: { subject: string; payload: string }[]): Promise<void> => {
    await Promise.all(messages.map(({ subject, payload }) => jetstream.publish(subject, payload)))
  }
  return {
    publishRaw,
    publish: (...events: DomainEvent[]) =>
      publishRaw(
        ...events.map((event) => ({
          subject: eventSubject(event.tenantid, event.type),
          payload: JSON.stringify(event),
        })),
      ),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** A way to a server that a test can cut, or fill with silence as a network does that drops every packet. */
export async function openProxy(targetUrl: string) {
  const { hostname, port } = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer((near) => {
    const far = connectTcp(Number(port), hostname)
    const join = (from: Socket, to: Socket) => {
      sockets.add(from)
      from.on('data', (bytes) => silent || to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        // Of an end the other side hears nothing either while the network is silent.
        if (!silent) to.destroySoon()
      })
    }
    join(near, far)
    join(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: ownPort } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: Object.assign(new URL(targetUrl), { hostname: '127.0.0.1', port: String(ownPort) }).toString(),
    /** Ends every connection under way. */
    cut,
    /** From now on nothing gets through and nobody is told, until `false`. */
    silence(on: boolean) {
      silent = on
    },
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
