// Every route of the OpenAPI document against what must hold for all of them.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnthropicStandIn, startAnthropicStandIn } from '../../../tools/anthropic/stand-in.ts'
import { type ApiDocument, type Operation, readDocument } from './document.ts'
import { fill, goodBody, type Ids, isItem, kindOf, makeResources } from './resources.ts'
import { type Client, clientOf, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')

let anthropic: AnthropicStandIn
let system: System
let api: Client
let operations: Operation[]
let faults: ApiDocument['faults']
/** A key of another tenant with every scope. */
let stranger: string
let ids: Ids

beforeAll(async () => {
  anthropic = await startAnthropicStandIn()
  system = await startSystem({ env: { ANTHROPIC_BASE_URL: anthropic.url } })
  api = clientOf(system.local)
  const document = await readDocument(system.local.gateway_url)
  operations = document.operations
  faults = document.faults
  stranger = await makeStranger()
  ids = await makeResources(api)
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

const call = (operation: Operation, id: number | string, key?: string, body: unknown = goodBody(operation, ids)) =>
  api.request(operation.method, fill(operation, id), { key, ...(operation.body && { body }) })

const idFor = (operation: Operation) => ids[kindOf(operation)] ?? 1
const deletesLast = (a: Operation, b: Operation) =>
  Number(a.operationId.startsWith('delete')) - Number(b.operationId.startsWith('delete'))

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
  for (const operation of operations.filter(isItem).filter((operation) => kindOf(operation) in ids)) {
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

test('every answer is what the document says', async () => {
  await api.post('/ai/config', { api_key: 'sk-ant-test-key-0123456789' })
  for (const operation of [...operations].sort(deletesLast)) {
    const deletes = operation.operationId.startsWith('delete')
    const id = deletes ? await makeResource(kindOf(operation)) : idFor(operation)
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
