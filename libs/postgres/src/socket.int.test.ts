import { createConnection, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLink } from '../../../tools/backend/link.ts'
import { connect, isUnreachable, type Sql } from './index.ts'
import { createTestDatabase } from './testing.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let way: Awaited<ReturnType<typeof openWay>>
let killer: Sql
beforeAll(async () => {
  database = await createTestDatabase([])
  way = await openWay(database.url)
  killer = connect({ url: database.url, name: 'tests', max: 1 })
})
afterAll(async () => {
  await killer.end()
  await way.close()
  await database[Symbol.asyncDispose]()
})

const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5])

/** A way to the server on which everything can get lost. */
async function openWay(url: string) {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let lossy = false
  let hangUps = 0
  const server = createServer((near) => {
    const far = createConnection(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes: Buffer) => {
        if (from === far && bytes.includes(readyForQuery) && hangUps-- > 0) {
          near.end(bytes)
          far.destroy()
        } else if (!lossy) to.write(bytes)
      })
      from.on('close', () => lossy || to.destroy())
      from.on('error', () => {})
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = Object.assign(new URL(url), { hostname: '127.0.0.1', port: (server.address() as { port: number }).port })
  return {
    url: own.toString(),
    lose: (everything: boolean) => {
      lossy = everything
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    /** Ends so many connections from now on at the moment at which they are made. */
    hangUp: (times: number) => {
      hangUps = times
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a query whose answer gets lost fails, and the pool heals with the way', async () => {
  const sql = connect({ url: way.url, name: 'tests', max: 2, statementTimeoutMs: 200 })
  try {
    await Promise.all([sql`select 1`, sql`select 1`])
    way.lose(true)
    const results = await Promise.allSettled([sql`select 1`, sql`select 1`, sql.begin((tx) => tx`select 1`)])
    const errors = results.map((result) => result.status === 'rejected' && result.reason)
    expect(errors.map(isUnreachable)).toEqual([true, true, true])
    way.lose(false)
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  } finally {
    await sql.end({ timeout: 0 })
  }
})

test('a query sent at the moment of a cut is answered', async () => {
  const sql = connect({ url: way.url, name: 'tests', max: 1 })
  try {
    await sql`select 1`
    const second = sql`select pg_sleep(4)`.catch(() => sql`select 1 as one`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    way.cut()
    expect(await second).toEqual([{ one: 1 }])
  } finally {
    await sql.end({ timeout: 0 })
  }
})

test('while a server hangs up on connections as soon as they are made, queries fail, and nothing else', async () => {
  const sql = connect({ url: way.url, name: 'tests', max: 1 })
  try {
    way.hangUp(3)
    for (let failed = 0; failed < 3; failed++) expect(await sql`select 1`.catch(isUnreachable)).toBe(true)
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  } finally {
    await sql.end({ timeout: 0 })
  }
})

test('a pool that could not connect for a while is back as soon as it can', async () => {
  await using link = await openLink(database.url)
  const sql = connect({ url: link.url, name: 'tests', max: 10 })
  try {
    link.refuse(true)
    const asked: Promise<unknown>[] = []
    for (const end = Date.now() + 8_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
      asked.push(sql`select 1`.catch(() => {}))
    }
    link.refuse(false)
    const began = performance.now()
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
    expect(performance.now() - began).toBeLessThan(2_000)
    await Promise.all(asked)
  } finally {
    await sql.end({ timeout: 0 })
  }
})

const endings: [how: string, end: (pid: number) => unknown, isNoticed: boolean][] = [
  ['the server ends', (pid) => killer`select pg_terminate_backend(${pid})`, true],
  ['is reset', () => way.cut(), true],
  ['goes silent', () => way.lose(true), false],
]

test.each(endings)(
  'a transaction whose connection %s during a statement fails; the next query has another',
  async (_how, end) => {
    const sql = connect({ url: way.url, name: 'tests', max: 1, statementTimeoutMs: 300 })
    try {
      const transaction = sql.begin(async (tx) => {
        const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`
        const statement = tx`select pg_sleep(0.2)`.execute()
        await end(row.pid)
        await statement
      })
      expect(await transaction.catch(isUnreachable)).toBe(true)
      way.lose(false)
      // postgres.js may tell the first what the server said of the connection before.
      await sql`select 1`.catch(isUnreachable)
      for (const number of [1, 2, 3])
        expect(await sql.begin((tx) => tx`select ${number}::int as n`)).toEqual([{ n: number }])
    } finally {
      await sql.end({ timeout: 0 })
    }
  },
)

test.each(endings)(
  'a transaction whose connection %s between two statements does nothing more',
  async (_how, end, isNoticed) => {
    await killer`create table if not exists done (what text)`
    const sql = connect({ url: way.url, name: 'tests', max: 1, statementTimeoutMs: 300 })
    try {
      let other: Promise<unknown> | undefined
      const transaction = sql.begin(async (tx) => {
        const [row] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`
        await tx`insert into done values ('first')`
        // Another that waits for a connection gets this one's place as soon as it is known to be gone.
        other = sql`select 1`.catch(isUnreachable)
        await end(row.pid)
        if (isNoticed) await other
        await tx`insert into done values ('second')`
      })
      expect(await transaction.catch(isUnreachable)).toBe(true)
      way.lose(false)
      await other
      expect(await killer`select what from done`).toEqual([])
    } finally {
      await sql.end({ timeout: 0 })
    }
  },
)

test('transactions whose connections break fail, and nothing else; the pool works on at once', async () => {
  await using link = await openLink(database.url)
  const sql = connect({ url: link.url, name: 'transactions', max: 10 })
  const admin = connect({ url: database.url, name: 'tests', max: 1 })
  const stopping = new AbortController()
  const outcomes = new Set<unknown>()
  const transaction = (client: number) =>
    sql.begin(async (tx) => {
      await Promise.all([tx`select ${client}::int`, tx`select ${'x'.repeat(2_000)}::text`])
      return (await tx`select pg_sleep(0.005)`).length
    })
  const client = async (number: number) => {
    while (!stopping.signal.aborted) outcomes.add(await transaction(number).catch(isUnreachable))
  }
  const clients = Array.from({ length: 20 }, (_, number) => client(number))
  try {
    for (let times = 0; times < 20; times++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      link.cut()
      await new Promise((resolve) => setTimeout(resolve, 100))
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'transactions'`
    }
    stopping.abort()
    await Promise.all(clients)
    expect(outcomes).toEqual(new Set([true, 1]))
    const began = performance.now()
    await Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.01)`))
    expect(performance.now() - began).toBeLessThan(2_000)
  } finally {
    await Promise.all([sql.end({ timeout: 0 }), admin.end()])
  }
})

test('a connection may be idle for longer than a query may be unanswered', async () => {
  const sql = connect({ url: way.url, name: 'tests', max: 1, statementTimeoutMs: 200 })
  try {
    const pid = async () => (await sql<[{ pid: number }]>`select pg_backend_pid() as pid`)[0].pid
    const before = await pid()
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    expect(await pid()).toBe(before)
  } finally {
    await sql.end()
  }
})
