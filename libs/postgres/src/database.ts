import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import Postgrator from 'postgrator'
import postgres from 'postgres'
import { arrayOf } from './arrays.ts'
import { impatientSockets } from './socket.ts'

export type Sql = postgres.Sql<{ bigint: number }>
export type Tx = postgres.TransactionSql<{ bigint: number }>

export interface DatabaseOptions {
  url: string
  /** Shown in pg_stat_activity. */
  name: string
  /** Connections in the pool. */
  max?: number
  /** The role that statements run as; the URL's own user when absent. */
  role?: string
  /** Milliseconds after which PostgreSQL cancels a statement. */
  statementTimeoutMs?: number
  /** Milliseconds of silence after which PostgreSQL ends a connection, and with it the locks that others wait for. */
  silenceTimeoutMs?: number
}

/** How long a statement and its answer may be under way. */
const networkMs = 3_000

/** Opens a pool. 64-bit integers come as numbers, times as Dates, arrays of text and of 64-bit integers as lists; undefined parameters are null. Opens no connection yet. */
export function connect({
  url,
  name,
  max = 10,
  role,
  statementTimeoutMs = 5_000,
  silenceTimeoutMs,
}: DatabaseOptions): Sql {
  const sql = postgres(url, {
    max,
    // One that waits longer than this for a connection hears `unavailable` instead of piling up.
    connect_timeout: 5,
    // postgres.js (3.4.9) counts the failures of all connections together, and ten that cannot be made at once would keep
    // the pool waiting for 10 to 20 s. In seconds.
    backoff: () => 0.1 + Math.random() / 5,
    // postgres.js would close each connection within 45 to 90 minutes, and a leader's lock with it.
    max_lifetime: null,
    transform: { undefined: null },
    // Else postgres.js (3.4.9) asks each connection first which array types there are, and one that breaks meanwhile is
    // an unhandled rejection: it ended the process.
    fetch_types: false,
    types: {
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      text_array: arrayOf(1009, String),
      bigint_array: arrayOf(1016, Number),
    },
    onnotice: () => {},
    // PostgreSQL answers every statement by then, if only that it took too long.
    ...(statementTimeoutMs && { socket: impatientSockets(statementTimeoutMs + networkMs) }),
    connection: {
      application_name: name,
      statement_timeout: statementTimeoutMs,
      // A transaction whose process hangs must not keep its locks.
      idle_in_transaction_session_timeout: silenceTimeoutMs ?? 30_000,
      ...(silenceTimeoutMs && {
        // A process that hangs while its kernel lives.
        idle_session_timeout: silenceTimeoutMs,
        // A machine or a network that is gone: unanswered probes, and answers that nobody acknowledges.
        tcp_keepalives_idle: 1,
        tcp_keepalives_interval: 1,
        tcp_keepalives_count: Math.max(1, Math.round(silenceTimeoutMs / 1_000) - 1),
        tcp_user_timeout: silenceTimeoutMs,
      }),
      ...(role && { role }),
    },
  })
  const { begin } = sql
  type Begin = (...args: (string | ((tx: Tx) => unknown))[]) => Promise<unknown>
  const beginSafely: Begin = (...args) => {
    let isOver = false
    const over = () => {
      isOver = true
    }
    const run = args.map((arg) => (typeof arg === 'string' ? arg : unlessOver(arg, () => isOver)))
    const transaction = (begin as Begin)(...run)
    transaction.then(over, over)
    return transaction
  }
  return Object.assign(sql, { begin: beginSafely as typeof begin })
}

/**
 * postgres.js (3.4.9) rejects a transaction whose connection broke, and what runs in it runs on: the next statement would
 * be sent on another connection, outside of any transaction, or like `rollback` on a socket that is no more, which ended
 * the process. So its statements are refused then, and it comes to no end.
 */
function unlessOver(run: (tx: Tx) => unknown, isOver: () => boolean) {
  const never = new Promise(() => {})
  return async (tx: Tx) => {
    const guarded = new Proxy(tx, {
      apply(...call) {
        if (isOver()) throw Object.assign(new Error('The transaction is over'), { code: 'CONNECTION_CLOSED' })
        return Reflect.apply(...call)
      },
    })
    try {
      const result = await run(guarded)
      return isOver() ? never : result
    } catch (error) {
      // A statement hears of a broken connection before the transaction does; under TLS a turn of the event loop before.
      await turn()
      await turn()
      if (isOver()) return never
      throw error
    }
  }
}

/** A folder of plain SQL files, `0001.do.what-it-does.sql`, and the table that remembers which have run. */
export interface Migrations {
  folder: string
  table: string
}

/**
 * Brings a database up to date. Each set runs once, in one transaction, under a lock, so many instances may start at
 * once. A file that changed after it ran is an error. Waits up to `waitMs` for a server that is away.
 */
export async function migrate(url: string, sets: readonly Migrations[], waitMs = 30_000): Promise<void> {
  const sql = connect({ url, name: 'migrate', max: 1, statementTimeoutMs: 0 })
  try {
    await waitForServer(sql, waitMs)
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(hashtextextended('migrate', 0))`
      for (const { folder, table } of sets) {
        const postgrator = new Postgrator({
          driver: 'pg',
          migrationPattern: `${folder}/*.sql`,
          schemaTable: table,
          execQuery: async (query) => ({ rows: await tx.unsafe(query) }),
          execSqlScript: async (script) => void (await tx.unsafe(script)),
        })
        await postgrator.migrate()
      }
    })
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function waitForServer(sql: Sql, waitMs: number): Promise<void> {
  const giveUpAt = Date.now() + waitMs
  for (;;) {
    try {
      await sql`select 1`
      return
    } catch (error) {
      if (!isUnreachable(error) || Date.now() > giveUpAt) throw error
      await sleep(250)
    }
  }
}

// Node's socket errors, postgres.js's own, and PostgreSQL's class 08 and 57P: the server is away, or about to be.
const unreachable = /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|CONNECTION_|CONNECT_TIMEOUT|08|57P|53300)/

/** True for an error that means the server could not be reached or hung up. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && unreachable.test(String(error.code))

// Classes of PostgreSQL's: a transaction that took too long or lost against another, no room, no lock, a statement that
// was cancelled, the server's own troubles.
const passing = /^(25P03|25P04|40|53|55P03|57|58)/

/** True for an error that says nothing about what was asked: the server is away, overloaded or full. */
export const isTransient = (error: unknown): boolean =>
  isUnreachable(error) || (error instanceof postgres.PostgresError && passing.test(error.code))
