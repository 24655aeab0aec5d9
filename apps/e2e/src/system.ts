// Starts the whole system as a stranger would, in a folder of its own, and talks to it over HTTP.

import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')

/** .helpdesk/local.json */
export interface Local {
  gateway_url: string
  tenant: string
  keys: { full: string; read: string; write: string; admin: string }
  grpc: { tickets: string; catalog: string; audit: string; ai: string }
  grpc_token: string
  nats_url: string
  postgres_url: string
  health: Record<string, string>
  pids: Record<string, number>
}

export interface System extends AsyncDisposable {
  local: Local
  folder: string
  pid: number
  /** What it has printed so far. */
  output: () => string
  /** Sends a signal and waits for the end. Gives the exit code and how long it took, in milliseconds. */
  stop: (signal?: NodeJS.Signals) => Promise<{ code: number | null; ms: number }>
}

interface StartOptions {
  /** A folder of an earlier run; a new one, removed at the end, when absent. */
  folder?: string
  env?: Record<string, string>
  /** What the services log, from this level on; `warn` when absent. */
  logLevel?: string
}

/** An empty folder for a system, in which PostgreSQL's own user may read too. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-e2e-'))
  chmodSync(folder, 0o755)
  return folder
}

/** `npm start`, without npm between. Waits until it says that it is ready. */
export async function startSystem({ folder, env, logLevel = 'warn' }: StartOptions = {}): Promise<System> {
  const home = folder ?? newFolder()
  const child = spawn(process.execPath, [join(root, 'tools/stack/start.ts'), '--log-level', logLevel], {
    cwd: root,
    env: { ...process.env, HELPDESK_FOLDER: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const isReady = () => output.includes('Ready in')
  for (const giveUpAt = Date.now() + 90_000; !isReady() && child.exitCode === null; await sleep(50)) {
    if (Date.now() > giveUpAt) break
  }
  if (!isReady()) {
    child.kill('SIGTERM')
    throw new Error(`The system did not start:\n${output}`)
  }
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    const began = performance.now()
    child.kill(signal)
    return { code: await ended, ms: performance.now() - began }
  }
  return {
    local: JSON.parse(readFileSync(join(home, 'local.json'), 'utf8')),
    folder: home,
    pid: child.pid ?? 0,
    output: () => output,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) await stop()
      if (!folder) rmSync(home, { recursive: true, force: true })
    },
  }
}

/** What `eval "$(npm run --silent local-env)"` sets. */
export async function localEnv({ folder }: System): Promise<Record<string, string>> {
  const env = { ...process.env, HELPDESK_FOLDER: folder }
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'tools/stack/print-env.ts')], { env })
  return Object.fromEntries([...stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]))
}

/** An answer of the API. */
export interface Reply {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API sent
  body: any
}

interface RequestOptions {
  key?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

/** A client of the API as strangers write one. */
export function clientOf({ gateway_url, keys }: Pick<Local, 'gateway_url' | 'keys'>) {
  const request = async (method: string, path: string, options: RequestOptions = {}): Promise<Reply> => {
    const { key = keys.full, body, headers } = options
    const response = await fetch(`${gateway_url}/api/v1/helpdesk${path}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
  }
  return {
    request,
    get: (path: string, options?: RequestOptions) => request('GET', path, options),
    post: (path: string, body?: unknown, options?: RequestOptions) => request('POST', path, { body, ...options }),
  }
}

export type Client = ReturnType<typeof clientOf>
