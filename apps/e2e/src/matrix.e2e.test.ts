// Every route of the OpenAPI document against what must hold for all of them.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnthropicStandIn, startAnthropicStandIn } from '../../../tools/anthropic/stand-in.ts'
import { type ApiDocument, type Operation, readDocument } from './document.ts'
import { type Client, clientOf, type Reply, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')

let anthropic: AnthropicStandIn
let system: System
let api: Client
let operations: Operation[]
let faults: ApiDocument['faults']
/** A key of another tenant with every scope. */
let stranger: string
/** An id of each kind of resource, by the first part of its path. */
let ids: Record<string, number>

beforeAll(async () => {
  anthropic = await startAnthropicStandIn()
  system = await startSystem({ env: { ANTHROPIC_BASE_URL: anthropic.url } })
  api = clientOf(system.local)
  const document = await readDocument(system.local.gateway_url)
  operations = document.operations
  faults = document.faults
  stranger = await makeStranger()
  ids = await makeResources()
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  await anthropic[Symbol.asyncDispose]()
})

async function makeStranger(): Promise<string> {
  const env = { ...process.env, HELPDESK_FOLDER: system.folder }
  const admin = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'tools/admin/admin.ts'), '--json', ...args], { cwd: root, env })
  await admin('tenant', 'create', 'stranger')
  const { stdout } = await admin('key', 'create', 'stranger', '--name', 'all', '--rate-limit', '1000000')
  return JSON.parse(stdout)[0].key
}

const requester = { email: 'matrix@example.org', name: 'Matrix' }

async function makeResources(): Promise<Record<string, number>> {
  const make = async (path: string, body: object) => (await api.post(path, body)).body.data
  const ticket = await make('/tickets', { subject: 'Matrix', body_md: 'Text', requester })
  const response = { slug: 'matrix', title: 'Matrix', body_md: 'Dear {{requester.first_name}}, {{nothing}}' }
  return {
    tickets: ticket.id,
    requesters: ticket.requester.id,
    tags: (await make('/tags', { slug: 'matrix', name: 'Matrix' })).id,
    queues: (await make('/queues', { slug: 'matrix', name: 'Matrix' })).id,
    agents: (await make('/agents', { name: 'Matrix', email: 'agent@example.org' })).id,
    'help-topics': (await api.get('/help-topics')).body.data[0].id,
    'canned-responses': (await make('/canned-responses', response)).id,
  }
}

const kindOf = (path: string) => path.split('/')[1] ?? ''
const fill = (path: string, id: number | string) => path.replace(/\{\w+\}/, String(id))

/** A body that each operation takes. */
function goodBody({ operationId }: Operation): object | undefined {
  const name = operationId.replace('ByPatch', '')
  const slug = `${name.toLowerCase()}-${Math.random().toString(36).slice(2, 10)}`
  const bodies: Record<string, object> = {
    createTicket: { subject: 'S', body_md: 'B', requester },
    updateTicket: { subject: 'Changed' },
    replyToTicket: { body_md: 'Reply' },
    setTicketStatus: { status: 'pending' },
    assignTicket: { agent_id: null },
    moveTicket: { queue_id: ids.queues },
    createQueue: { slug, name: 'Q' },
    updateQueue: { name: 'Changed' },
    createAgent: { name: 'A', email: `${slug}@example.org` },
    updateAgent: { name: 'Changed' },
    createTag: { slug, name: 'T' },
    updateTag: { name: 'Changed' },
    createCannedResponse: { slug, title: 'C', body_md: 'B' },
    updateCannedResponse: { title: 'Changed' },
    renderCannedResponse: { ticket_id: ids.tickets },
    setNotificationPref: { scope: 'tenant_default', event_key: 'ticket.moved', channel: 'email', enabled: false },
    generateCannedResponse: { intent: 'apologise' },
    askAudit: { question: 'Who?' },
    updateAiConfig: { monthly_cap_cents: 10_000 },
  }
  return (
    bodies[name] ??
    (operationId.match(/^(suggest|summarize|categorize|analyze|predict)/) ? { ticket_id: ids.tickets } : undefined)
  )
}

const call = (operation: Operation, id: number | string, key?: string, body: unknown = goodBody(operation)) =>
  api.request(operation.method, fill(operation.path, id), { key, ...(operation.body && { body }) })

const idFor = ({ path }: Operation) => ids[kindOf(path)] ?? 1
const isItem = ({ path }: Operation) => path.includes('{')
const deletesLast = (a: Operation, b: Operation) =>
  Number(a.operationId.startsWith('delete')) - Number(b.operationId.startsWith('delete'))

function expectEnvelope(operation: Operation, { status, headers, body }: Reply) {
  const what = `${operation.method} ${operation.path} answered ${status} ${JSON.stringify(body)?.slice(0, 300)}`
  expect(status, what).toBeLessThan(500)
  expect(body.request_id, what).toBe(headers.get('x-request-id'))
  if (status >= 400) expect(body.error?.code, what).toEqual(expect.any(String))
}

test('no route answers without a key, or to a key that lacks its scope', async () => {
  expect(operations.length).toBeGreaterThan(50)
  const others = { read: 'write', write: 'read', admin: 'write' } as const
  for (const operation of operations) {
    const keyless = await call(operation, idFor(operation), `mc_live_${'A'.repeat(43)}`)
    expect([operation.operationId, keyless.status]).toEqual([operation.operationId, 401])
    const scopeless = await call(operation, idFor(operation), system.local.keys[others[operation.scope]])
    expect([operation.operationId, scopeless.status, scopeless.body.error?.code]).toEqual([
      operation.operationId,
      403,
      'insufficient_scope',
    ])
  }
})

test('another tenant’s ids are 404 on every route, and nothing changes', async () => {
  const snapshot = async () => {
    const kinds = Object.entries(ids).map(([kind, id]) => api.get(`/${kind}/${id}`))
    return (await Promise.all(kinds)).map(({ body }) => body.data)
  }
  const before = await snapshot()
  for (const operation of operations.filter(isItem).filter(({ path }) => kindOf(path) in ids)) {
    const reply = await call(operation, idFor(operation), stranger)
    expect([operation.operationId, reply.status, reply.body.error?.code]).toEqual([
      operation.operationId,
      operation.operationId === 'moveTicket' ? expect.any(Number) : 404,
      operation.operationId === 'moveTicket' ? expect.stringMatching(/not_found|validation_failed/) : 'not_found',
    ])
  }
  expect(await snapshot()).toEqual(before)
  for (const operation of operations.filter(
    ({ method, path }) => method === 'GET' && path in { '/tickets': 1, '/tags': 1 },
  )) {
    expect((await call(operation, 0, stranger)).body.data).toEqual([])
  }
})

test('another tenant’s people have no notification preferences to read or set', async () => {
  for (const [scope, scope_id] of Object.entries({ agent: ids.agents, requester: ids.requesters })) {
    const pref = { scope, scope_id, event_key: 'ticket.moved', channel: 'email', enabled: false }
    const path = `/notification-prefs?scope=${scope}&scope_id=${scope_id}`
    for (const [key, status] of [
      [stranger, 422],
      [undefined, 200],
    ] as const) {
      const read = await api.get(path, { key })
      const set = await api.post('/notification-prefs', pref, { key })
      expect([read.status, set.status]).toEqual([status, status])
      if (status === 200) continue
      expect(read.body.error.fields).toMatchObject([{ path: 'query.scope_id' }])
      expect(set.body.error.fields).toMatchObject([{ path: 'scope_id' }])
    }
  }
})

test('bad input of every kind is refused in the envelope, never with a 5xx', async () => {
  const bad: unknown[] = [
    null,
    0,
    -1,
    1.5,
    2 ** 53,
    true,
    '',
    ' ',
    'x',
    'x'.repeat(70_000),
    '\u0000',
    '\ud800',
    '👩‍👩‍👧',
    [],
    [null],
    {},
    { a: 1 },
  ]
  for (const operation of operations.filter(({ body }) => body)) {
    const properties = Object.keys(operation.body?.schema.properties ?? {})
    const good = goodBody(operation) ?? {}
    const bodies: unknown[] = [null, [], 'text', 1, {}, { ...good, unknown_field: 1 }]
    for (const property of properties) for (const value of bad) bodies.push({ ...good, [property]: value })
    // One that cannot exist, so that what is well-formed by chance changes nothing.
    const replies = await Promise.all(
      bodies.map((body) => call(operation, isItem(operation) ? 999_999_999 : 0, undefined, body)),
    )
    for (const reply of replies) expectEnvelope(operation, reply)
    expect(replies[5]?.status, operation.operationId).toBe(422)
  }
})

test('bad ids, queries and headers are refused in the envelope, never with a 5xx', async () => {
  const badIds = [
    '0',
    '-1',
    '1.5',
    '1e3',
    'abc',
    '99999999999999999999',
    '%00',
    '%ff',
    'HD-',
    '1%20or%201=1',
    '9007199254740993',
  ]
  const badQueries = [
    'limit=0',
    'limit=x',
    'limit=101&limit=1',
    'cursor=x',
    'cursor=a.b',
    'unknown=1',
    'limit[]=1',
    'q=%00',
    'status=none',
    'sort=id',
  ]
  const badHeaders: Record<string, string>[] = [
    { 'Idempotency-Key': 'x'.repeat(256) },
    { 'If-Match': 'x' },
    { 'X-Helpdesk-Actor': 'robot:1' },
    { 'X-Helpdesk-Actor': 'agent:99999999' },
    { traceparent: 'nonsense' },
  ]
  for (const operation of operations) {
    const ways = isItem(operation) ? badIds.map((id) => call(operation, id)) : []
    const path = fill(operation.path, 999_999_999)
    const body = operation.body && { body: goodBody(operation) }
    if (operation.method === 'GET') ways.push(...badQueries.map((query) => api.get(`${path}?${query}`)))
    if (isItem(operation))
      ways.push(...badHeaders.map((headers) => api.request(operation.method, path, { ...body, headers })))
    for (const reply of await Promise.all(ways)) {
      expectEnvelope(operation, reply)
      if (isItem(operation)) expect(reply.status, operation.operationId).toBeGreaterThanOrEqual(400)
    }
  }
})

test('every answer is what the document says', async () => {
  // What the bad input above left of the settings would block the AI hooks.
  const cleared = { enabled: null, monthly_cap_cents: null, rate_per_key_per_day: null, features: null }
  await api.post('/ai/config', { ...cleared, api_key: 'sk-ant-test-key-0123456789' })
  for (const operation of [...operations].sort(deletesLast)) {
    const deletes = operation.operationId.startsWith('delete')
    const id = deletes ? await makeResource(kindOf(operation.path)) : idFor(operation)
    const reply = await call(operation, id)
    const what = `${operation.method} ${operation.path}: ${JSON.stringify(reply.body)?.slice(0, 300)}`
    expect(String(reply.status), what).toBe(operation.status)
    expect(faults(operation.answer.schema, reply.body), what).toBe('')
    if ('ok' in reply.body) expect(reply.body.ok, what).toBe(true)
  }
})

async function makeResource(kind: string): Promise<number> {
  const create = operations.find(({ method, path }) => method === 'POST' && path === `/${kind}`)
  if (!create) throw new Error(`There is no way to make one of ${kind}`)
  return (await call(create, 0)).body.data.id
}
