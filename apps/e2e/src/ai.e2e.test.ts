// The AI hooks in the whole system: what breaks around them, and that a tenant's key is nowhere to be found after it.

import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type AnthropicStandIn, startAnthropicStandIn } from '../../../tools/anthropic/stand-in.ts'
import { type RunningNats, startNatsServer } from '../../../tools/backend/nats-server.ts'
import { freePort } from '../../../tools/backend/processes.ts'
import { cacheFolder } from '../../../tools/stack/local-file.ts'
import { type Client, clientOf, newFolder, type System, startSystem } from './system.ts'

const resources = new AsyncDisposableStack()
const folder = newFolder()
const natsFolder = newFolder()
for (const each of [folder, natsFolder]) resources.defer(() => rmSync(each, { recursive: true, force: true }))
let natsPort: number
let nats: RunningNats
let anthropic: AnthropicStandIn
let system: System
let api: Client
let ticket_id: number

/** What an OpenTelemetry collector is sent. */
const traces: string[] = []
const collector = createServer(async (request, response) => {
  traces.push(await text(request))
  response.setHeader('content-type', 'application/json').end('{}')
})

/** What must be found nowhere, however it is spelled. */
const key = 'sk-ant-e2e-Zk3yThatNobodyMaySee-3fQA'
const startNats = () => startNatsServer({ folder: natsFolder, port: natsPort, cache: cacheFolder })

beforeAll(async () => {
  natsPort = await freePort()
  nats = await startNats()
  resources.defer(() => nats.stop())
  anthropic = resources.use(await startAnthropicStandIn())
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  resources.defer(() => void collector.close())
  const options = {
    folder,
    env: {
      NATS_URL: nats.url,
      ANTHROPIC_BASE_URL: anthropic.url,
      HOOK_DEADLINE_MS: '8000',
      AI_DEADLINE_MS: '10000',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    },
    logLevel: 'trace',
  }
  system = resources.use(await startSystem(options))
  api = clientOf(system.local)
  const requester = { email: 'fay@example.org', name: 'Fay' }
  const ticket = await api.post('/tickets', { subject: 'Late', body_md: 'Where is my parcel?', requester })
  ticket_id = ticket.body.data.id
  await api.post('/ai/config', { api_key: key, verify_key: true })
})
beforeEach(() => anthropic.reset())
afterAll(() => resources.disposeAsync())

const answered = { status: 200, body: { ok: true, usage: { model: 'claude-haiku-4-5-20251001' } } }
const unavailable = { status: 200, body: { ok: false, error: 'provider_error', reason: 'unavailable' } }
const summarize = () => api.post('/ai/summary', { ticket_id })
const generate = () => api.post('/ai/canned-generate', { intent: 'Say sorry' })
const monthOf = async () => (await api.get('/ai/usage')).body.data.month

interface HookEntry {
  event_key: string
  ticket_id: number | null
  request_id: string
  data: { hook: string; error: string | null; reason: string | null; cost_cents: number }
}
const auditOf = async (request_id: string): Promise<HookEntry[]> =>
  (await api.get('/audit?resource_type=ai&limit=200')).body.data.filter(
    (entry: HookEntry) => entry.request_id === request_id,
  )

/** Runs while a service hangs: it takes connections, and nothing more. */
async function whileHanging<T>(service: string, run: () => Promise<T>): Promise<T> {
  const pid = system.local.pids[service] ?? 0
  process.kill(pid, 'SIGSTOP')
  try {
    return await run()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

test('a hook answers, and the audit log knows who asked, for what, and what it cost', async () => {
  const reply = await api.post('/ai/sentiment', { ticket_id }, { headers: { 'Idempotency-Key': 'once' } })
  expect(reply).toMatchObject(answered)
  const { cost_cents } = await monthOf()
  const again = await api.post('/ai/sentiment', { ticket_id }, { headers: { 'Idempotency-Key': 'once' } })
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(again.body).toEqual({ ...reply.body, request_id: again.body.request_id })
  expect((await monthOf()).cost_cents).toBe(cost_cents)
  expect(anthropic.requests).toHaveLength(1)
  const entries = await vi.waitFor(async () => {
    const found = await auditOf(reply.body.request_id)
    expect(found).toHaveLength(1)
    return found
  }, 15_000)
  expect(entries).toMatchObject([
    { event_key: 'ai.hook_completed', ticket_id, actor_kind: 'api', data: { hook: 'sentiment', attempts: 1 } },
  ])
})

test('while tickets-svc hangs, a hook that reads a ticket says so in time, and spends nothing', async () => {
  const before = await monthOf()
  await whileHanging('tickets-svc', async () => {
    expect(await summarize()).toMatchObject(unavailable)
    expect(await generate()).toMatchObject(answered)
  })
  expect(anthropic.requests).toHaveLength(1)
  expect((await monthOf()).reserved_cents).toBe(before.reserved_cents)
  expect(await summarize()).toMatchObject(answered)
})

test('while audit-svc hangs, only the question to the audit log has no answer', async () => {
  await whileHanging('audit-svc', async () => {
    expect(await api.post('/ai/audit-qa', { question: 'Who?' })).toMatchObject(unavailable)
    expect(await summarize()).toMatchObject(answered)
  })
  expect(await api.post('/ai/audit-qa', { question: 'Who?' })).toMatchObject(answered)
})

test('while NATS is away hooks answer, and their events come when it is back', async () => {
  await nats.stop()
  const reply = await summarize()
  expect(reply).toMatchObject(answered)
  nats = await startNats()
  await vi.waitFor(async () => expect(await auditOf(reply.body.request_id)).toHaveLength(1), 30_000)
})

test('while ai-svc hangs the gateway answers for it at its own deadline, and the other routes at once', async () => {
  await whileHanging('ai-svc', async () => {
    const asked = summarize()
    expect((await api.get(`/tickets/${ticket_id}`)).status).toBe(200)
    expect(await asked).toMatchObject(unavailable)
  })
  await vi.waitFor(async () => expect(await summarize()).toMatchObject(answered), 15_000)
})

test('ai-svc is killed during a call: the caller is answered, and the call is paid for at its worst case', async () => {
  const before = await monthOf()
  anthropic.respond = () => 'stall'
  const asked = summarize()
  await vi.waitFor(() => expect(anthropic.requests).toHaveLength(1), 15_000)
  const { reserved_cents } = await monthOf()
  expect(reserved_cents).toBeGreaterThan(0)
  process.kill(system.local.pids['ai-svc'] ?? 0, 'SIGKILL')
  const reply = await asked
  expect(reply).toMatchObject(unavailable)
  const after = { cost_cents: expect.closeTo(before.cost_cents + reserved_cents, 6), reserved_cents: 0 }
  await vi.waitFor(async () => expect(await monthOf()).toMatchObject(after), 60_000)
  const entries = await vi.waitFor(async () => {
    const found = await auditOf(reply.body.request_id)
    expect(found).toHaveLength(1)
    return found
  }, 15_000)
  expect(entries).toMatchObject([
    { event_key: 'ai.hook_failed', data: { reason: 'unavailable', cost_cents: expect.closeTo(reserved_cents, 6) } },
  ])
  anthropic.reset()
  expect(await summarize()).toMatchObject(answered)
})

/** Every row of every table of every database, as text; bytes in hexadecimal. */
async function dumpDatabases(): Promise<string[]> {
  const rows: string[] = []
  for (const database of ['gateway', 'tickets', 'catalog', 'audit', 'ai']) {
    const url = Object.assign(new URL(system.local.postgres_url), { pathname: `/${database}` }).toString()
    const sql = postgres(url, { max: 1 })
    const tables =
      await sql`select tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`
    for (const { tablename } of tables) {
      for (const { row } of await sql`select ${sql(tablename)}::text as row from ${sql(tablename)}`) rows.push(row)
    }
    await sql.end()
  }
  return rows
}

/** Every file below a folder: PostgreSQL's write-ahead log, the stream's messages, logs, secrets. */
function* filesBelow(top: string): Generator<[string, Buffer]> {
  for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (entry.isFile()) yield [file, readFileSync(file)]
  }
}

test('after all that the key is in no row, event, log, trace or file, and in no answer', async () => {
  const spellings = [key, ...(['hex', 'base64'] as const).map((encoding) => Buffer.from(key).toString(encoding))]
  const hides = (bytes: Buffer | string) => spellings.every((spelling) => !bytes.includes(spelling))
  expect(anthropic.requests.every(({ apiKey }) => apiKey === key)).toBe(true)

  const rows = await dumpDatabases()
  expect(rows.some((row) => row.includes('…3fQA'))).toBe(true)
  expect(rows.filter((row) => !hides(row))).toEqual([])

  let logs = 0
  for (const top of [folder, natsFolder]) {
    for (const [file, bytes] of filesBelow(top)) {
      if (file.endsWith('.log')) logs += bytes.length
      expect(hides(bytes), file).toBe(true)
    }
  }
  expect(logs).toBeGreaterThan(1_000)
  expect(hides(system.output())).toBe(true)
  await vi.waitFor(() => expect(traces.join()).toContain('AiService/SummarizeTicket'), 15_000)
  expect(traces.every(hides)).toBe(true)
  const answers = [await api.get('/ai/config'), await api.get('/ai/usage'), await api.get('/audit?limit=200')]
  expect(hides(JSON.stringify(answers.map(({ body }) => body)))).toBe(true)
})
