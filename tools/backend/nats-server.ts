// A real nats-server, from the PATH or fetched into a local cache without root rights.

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, isListening, onPath, stopProcess } from './processes.ts'

interface NatsOptions {
  /** Where streams, the configuration and the log go. */
  folder: string
  port: number
  /** Where a fetched binary is kept. */
  cache: string
  /** nats-server configuration beside port and JetStream. */
  config?: string
}

export interface RunningNats {
  url: string
  pid: number
  stop(signal?: NodeJS.Signals): Promise<void>
}

export async function startNatsServer({ folder, port, cache, config = '' }: NatsOptions): Promise<RunningNats> {
  const binary = await natsServerBinary(cache)
  mkdirSync(folder, { recursive: true })
  const pidFile = join(folder, 'nats.pid')
  if (existsSync(pidFile)) {
    const leftover = Number(readFileSync(pidFile, 'utf8'))
    if (isAlive(leftover, 'nats-server')) await stopProcess(leftover)
  }
  const configFile = join(folder, 'nats.conf')
  writeFileSync(
    configFile,
    `host: "127.0.0.1"\nport: ${port}\npid_file: "${pidFile}"\njetstream { store_dir: "${join(folder, 'jetstream')}" }\n${config}\n`,
  )
  const log = openSync(join(folder, 'nats.log'), 'a')
  const child = spawn(binary, ['-c', configFile], { detached: true, stdio: ['ignore', log, log] })
  child.unref()
  const pid = child.pid
  if (!pid) throw new Error(`nats-server could not be started: ${binary}`)
  await untilListening(port, pid, join(folder, 'nats.log'))
  return { url: `nats://127.0.0.1:${port}`, pid, stop: (signal = 'SIGTERM') => stopProcess(pid, signal) }
}

async function untilListening(port: number, pid: number, logFile: string): Promise<void> {
  for (const giveUpAt = Date.now() + 15_000; !(await isListening(port)); await sleep(25)) {
    if (Date.now() > giveUpAt || !isAlive(pid))
      throw new Error(`nats-server did not start; its last words are in ${logFile}`)
  }
}

/** From the PATH, the cache, Debian's package, or the project's release, in this order. */
export async function natsServerBinary(cache: string): Promise<string> {
  const cached = join(cache, 'nats-server')
  const found = onPath('nats-server') ?? (existsSync(cached) ? cached : undefined)
  if (found) return found
  mkdirSync(cache, { recursive: true })
  const failures: unknown[] = []
  for (const fetchInto of [fromDebian, fromRelease]) {
    try {
      console.error(
        `nats-server is not on the PATH; taking it from ${fetchInto === fromDebian ? "Debian's package" : 'its GitHub release'} ...`,
      )
      await fetchInto(cached)
      return cached
    } catch (error) {
      failures.push(error)
    }
  }
  const help =
    'Install it (brew install nats-server, or apt install nats-server), or set NATS_URL to a server with JetStream.'
  throw new AggregateError(failures, `nats-server is not on the PATH and could not be fetched. ${help}`)
}

/** apt-get download needs no root, but it needs package lists: with none on the machine it reads its own. */
async function fromDebian(target: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-nats-'))
  const apt = (args: string[]) => execFileSync('apt-get', args, { cwd: folder, stdio: 'pipe' })
  try {
    try {
      apt(['download', 'nats-server'])
    } catch {
      const own = ['-o', `Dir::State=${join(folder, 'state')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`]
      mkdirSync(join(folder, 'state/lists/partial'), { recursive: true })
      mkdirSync(join(folder, 'cache/archives/partial'), { recursive: true })
      apt([...own, 'update'])
      apt([...own, 'download', 'nats-server'])
    }
    execFileSync('sh', ['-c', 'dpkg-deb -x nats-server_*.deb unpacked'], { cwd: folder, stdio: 'pipe' })
    copyFileSync(join(folder, 'unpacked/usr/sbin/nats-server'), target)
    chmodSync(target, 0o755)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// The release and its checksums as the project's own container images pin them.
const release = '2.10.29'
const checksums: Record<string, string> = {
  'linux-x64': 'e314da74a83a1d3876db8814c27eb990fe729640fd6452025b441bcede8390da',
  'linux-arm64': 'da4b27942ecfb4c5f0c54553d2e7f470ddda9d7581cfe8131b351a0e223ed401',
}

async function fromRelease(target: string): Promise<void> {
  const platform = `${process.platform}-${process.arch}`
  const checksum = checksums[platform]
  if (!checksum) throw new Error(`There is no pinned nats-server release for ${platform}`)
  const name = `nats-server-v${release}-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const url = `https://github.com/nats-io/nats-server/releases/download/v${release}/${name}.tar.gz`
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const archive = Buffer.from(await response.arrayBuffer())
  const actual = createHash('sha256').update(archive).digest('hex')
  if (actual !== checksum) throw new Error(`${url} has the checksum ${actual}, not ${checksum}`)
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-nats-'))
  try {
    writeFileSync(join(folder, 'archive.tar.gz'), archive)
    execFileSync('tar', ['-xzf', 'archive.tar.gz'], { cwd: folder })
    copyFileSync(join(folder, name, 'nats-server'), target)
    chmodSync(target, 0o755)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
