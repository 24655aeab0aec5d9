import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql, type Tx } from '@helpdesk/postgres'
import type { BusLog } from './bus.ts'

export interface Leadership {
  /** The one connection that holds the lock. */
  sql: Sql
  /** The backend that took the lock. A statement that sees another one runs on a connection without it. */
  pid: number
  /** Aborts when this process is to stop, or leads no more. */
  signal: AbortSignal
}

interface LeadOptions {
  databaseUrl: string
  /** What there is one leader of. */
  name: string
  role?: string
  /** Works until the signal aborts. When it throws, another election follows. */
  work: (leadership: Leadership) => Promise<void>
  log: BusLog
}

const electionMs = 500
const heartbeatMs = 1_000
// PostgreSQL frees the lock of a leader it has not heard from for so long; the next election makes another.
const silenceMs = 4_000
const statementMs = 5_000
// A heartbeat waits behind the transaction under way. A leader that is cut off can change nothing meanwhile.
const patienceMs = 10_000
/** How long the work may go on after it was told to stop. */
const stopMs = 2_000

/**
 * Of all processes that call this with one name and database, one at a time does the work. When it dies another leads
 * within a second; when it hangs, or its network does, within five.
 * The lock lives on a client of its own: losing a reserved connection of a pool throws outside any promise (postgres
 * 3.4.9) and ends the process.
 */
export function lead({ databaseUrl, name, role, work, log }: LeadOptions): AsyncDisposable {
  const stopping = new AbortController()
  let sql: Sql
  const running = (async () => {
    while (!stopping.signal.aborted) {
      sql = connect({
        url: databaseUrl,
        name,
        max: 1,
        statementTimeoutMs: statementMs,
        silenceTimeoutMs: silenceMs,
        ...(role && { role }),
      })
      try {
        const pid = await winElection(sql, name, stopping.signal)
        if (pid !== undefined) await leadWhileHeard({ sql, pid, work }, stopping.signal)
      } catch (error) {
        if (!stopping.signal.aborted) {
          log.warn({ err: error, leader_of: name }, 'Gave up leading; standing for election again')
          await pause(electionMs, stopping.signal)
        }
      } finally {
        await sql.end({ timeout: 1 }).catch(() => {})
      }
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      const cutOff = setTimeout(() => void sql.end({ timeout: 0 }), stopMs)
      await running
      clearTimeout(cutOff)
    },
  }
}

/** Throws when the statement runs on a connection other than the one that holds the lock. */
export async function assertLeading(sql: Sql | Tx, pid: number): Promise<void> {
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
  if (row.pid !== pid) throw new Error('The connection that held the lock is gone')
}

/** Runs loops side by side until the signal aborts. When one fails the others are told to stop, and it throws. */
export async function together(signal: AbortSignal, ...loops: ((signal: AbortSignal) => Promise<void>)[]) {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const ends = loops.map((loop) => loop(either).finally(() => failed.abort()))
  await Promise.allSettled(ends)
  await Promise.all(ends)
}

/** Sleeps, and wakes early when the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {})

/** The backend that took the lock, once nobody else holds it; undefined when told to stop before. */
async function winElection(sql: Sql, name: string, stopping: AbortSignal): Promise<number | undefined> {
  while (!stopping.aborted) {
    // A statement that runs for the first time waits for the client half-way, and no other limit counts then. PostgreSQL
    // has this one from 17 on.
    const [row] = await inTime(sql<[{ taken: boolean; pid: number }]>`
      select pg_try_advisory_lock(hashtextextended(${name}, 2)) as taken, pg_backend_pid() as pid,
             case when current_setting('server_version_num')::int >= 170000
                  then set_config('transaction_timeout', ${String(patienceMs)}, false) end`)
    if (row.taken) return row.pid
    await pause(electionMs, stopping)
  }
  return undefined
}

/** Works for as long as PostgreSQL answers on the connection that took the lock. */
async function leadWhileHeard(
  { sql, pid, work }: Pick<Leadership, 'sql' | 'pid'> & Pick<LeadOptions, 'work'>,
  stopping: AbortSignal,
) {
  await together(
    stopping,
    (signal) => work({ sql, pid, signal }),
    async (signal) => {
      while (!signal.aborted) {
        await pause(heartbeatMs, signal)
        if (signal.aborted) return
        try {
          await inTime(assertLeading(sql, pid))
        } catch (error) {
          // What waits for an answer on a connection that hangs would wait for ever.
          await sql.end({ timeout: 0 })
          throw error
        }
      }
    },
  )
}

async function inTime<T>(answer: PromiseLike<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`PostgreSQL has not answered for ${patienceMs} ms`)), patienceMs)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
