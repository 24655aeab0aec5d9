import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '@helpdesk/postgres'
import type { BusLog } from './bus.ts'

interface Leadership {
  /** The one connection that holds the lock. */
  sql: Sql
  /** The backend that took the lock. A statement that sees another one runs on a connection without it. */
  pid: number
  /** Throws when the lock is gone. */
  assertLeading(): Promise<void>
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

/**
 * Of all processes that call this with one name and database, one at a time does the work.
 * The lock lives on a client of its own: losing a reserved connection of a pool throws outside any promise (postgres
 * 3.4.9) and ends the process.
 */
export function lead({ databaseUrl, name, role, work, log }: LeadOptions): AsyncDisposable {
  const stopping = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

  const running = (async () => {
    while (!stopping.signal.aborted) {
      const sql = connect({ url: databaseUrl, name, max: 1, statementTimeoutMs: 30_000, ...(role && { role }) })
      try {
        const pid = await takeLock(sql, name)
        if (pid === undefined) await pause(1_000)
        else await work({ sql, pid, assertLeading: () => assertLeading(sql, pid), signal: stopping.signal })
      } catch (error) {
        if (!stopping.signal.aborted) {
          log.warn({ err: error, leader_of: name }, 'Gave up leading; standing for election again')
          await pause(500)
        }
      } finally {
        await sql.end({ timeout: 1 }).catch(() => {})
      }
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function takeLock(sql: Sql, name: string): Promise<number | undefined> {
  const [row] = await sql<[{ taken: boolean; pid: number }]>`
    select pg_try_advisory_lock(hashtextextended(${name}, 2)) as taken, pg_backend_pid() as pid`
  return row.taken ? row.pid : undefined
}

async function assertLeading(sql: Sql, pid: number): Promise<void> {
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
  if (row.pid !== pid) throw new Error('The connection that held the lock is gone')
}
