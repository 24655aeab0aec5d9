// Every route of the OpenAPI document against what must hold for all of them.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnthropicStandIn, startAnthropicStandIn } from '../../../tools/anthropic/stand-in.ts'
import { placesIn } from './bad-values.ts'
import { type ApiDocument, type Operation, readDocument } from './document.ts'
import { fill, goodBody, type Ids, isItem, kindOf, makeResources } from './resources.ts'
import { type Client, clientOf, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')

let anthropic: AnthropicStandIn
let system: System
let api: Client
let operations: Operation[]
let faults: ApiDocument['faults']
let ids: Ids
/** Another tenant, by a key with every scope, and what it has itself. */
let stranger: Client
let strangerIds: Ids

beforeAll(async () => {
  anthropic = await startAnthropicStandIn()
  system = await startSystem({ env: { ANTHROPIC_BASE_URL: anthropic.url } })
  api = clientOf(system.local)
  const document = await readDocument(system.local.gateway_url)
  operations = document.operations
  faults = document.faults
  ids = await makeResources(api, 'Matrix')
  const full = await makeStranger()
  stranger = clientOf({ ...system.local, keys: { ...system.local.keys, full } })
  strangerIds = await makeResources(stranger, 'Stranger')
  await api.post('/tags', { slug: 'only-here', name: 'Matrix' })
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
const callAsStranger = (
  operation: Operation,
  id: number,
  body: unknown = goodBody(operation, strangerIds),
  query = '',
) => stranger.request(operation.method, fill(operation, id) + query, operation.body && { body })

/** An id that the operation's path may hold; a kind that resources.ts does not make fails here. */
function idFor(operation: Operation, from: Ids = ids): number {
  if (!isItem(operation)) return 0
  expect(from, `resources.ts makes none for ${operation.path}`).toHaveProperty(kindOf(operation))
  return from[kindOf(operation)] ?? 0
}
const deletesLast = (a: Operation, b: Operation) =>
  Number(a.operationId.startsWith('delete')) - Number(b.operationId.startsWith('delete'))

test('no route answers without a key', async () => {
  expect(operations.length).toBeGreaterThan(50)
  for (const operation of operations) {
    const { status } = await call(operation, idFor(operation), `mc_live_${'A'.repeat(43)}`)
    expect([operation.operationId, status]).toEqual([operation.operationId, 401])
  }
})

test('every route answers to its scope alone', async () => {
  const { read, write, admin } = system.local.keys
  for (const operation of operations) {
    for (const [scope, key] of Object.entries({ read, write, admin })) {
      const { status, body } = await call(operation, 999_999_999, key)
      const what = `${operation.operationId} with ${scope}`
      if (scope === operation.scope) expect([200, 201, 404], what).toContain(status)
      else expect([what, status, body.error?.code]).toEqual([what, 403, 'insufficient_scope'])
    }
  }
})

/** All that the tenant has, as its lists show it. */
async function everything() {
  const lists = operations.filter((each) => each.method === 'GET' && !isItem(each) && !/^\/(audit|ai)/.test(each.path))
  expect(lists.length).toBeGreaterThan(7)
  return Promise.all(lists.map(async ({ path }) => [path, (await api.get(path)).body.data]))
}

test('another tenant’s ids in a path are 404 on every route, and nothing changes', async () => {
  const before = await everything()
  for (const operation of operations.filter(isItem)) {
    const { status, body } = await callAsStranger(operation, idFor(operation))
    expect([operation.operationId, status, body.error?.code]).toEqual([operation.operationId, 404, 'not_found'])
  }
  expect(await everything()).toEqual(before)
})

// What a field of this name is an id of; a name that is missing here fails below.
const referred: Record<string, string> = {
  agent_id: 'agents',
  agent_ids: 'agents',
  canned_response_id: 'canned-responses',
  help_topic_id: 'help-topics',
  queue_id: 'queues',
  requester_id: 'requesters',
  resource_id: 'tickets',
  scope_id: 'agents',
  ticket_id: 'tickets',
}
const isReference = (name: string) => /_ids?$/.test(name)

/** A field's name, without its place in a list. */
const nameOf = (path: string) => path.replace(/\.0$/, '').split('.').at(-1) ?? ''

test('another tenant’s ids and slugs in a body are refused, and nothing changes', async () => {
  const before = await everything()
  let tried = 0
  for (const operation of operations.filter(({ body }) => body)) {
    for (const { path, put, schema } of placesIn(operation.body?.schema, () => goodBody(operation, strangerIds))) {
      const name = nameOf(path)
      const isSlug = /tags$/.test(name)
      const isList = JSON.stringify(schema).includes('"array"')
      if (isList || !(isReference(name) || isSlug || path === 'author.id')) continue
      if (isReference(name)) expect(referred, `${operation.operationId} ${path}`).toHaveProperty(name)
      const theirs = isSlug ? 'only-here' : ids[referred[name] ?? 'agents']
      const { status, body } = await callAsStranger(operation, idFor(operation, strangerIds), put(theirs))
      const what = `${operation.operationId} ${path}`
      // A hook answers in an envelope of its own.
      if (!operation.path.startsWith('/ai/')) expect([what, status]).toEqual([what, 422])
      expect(JSON.stringify(body), what).not.toContain('Matrix')
      tried += 1
    }
  }
  expect(tried).toBeGreaterThan(20)
  expect(await everything()).toEqual(before)
})

test('another tenant’s ids in a query find nothing, and no list shows what it has', async () => {
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    const names = operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name)
    const queries = names.filter(isReference).map((name) => {
      expect(referred, `${operation.operationId} ${name}`).toHaveProperty(name)
      return `?${name}=${ids[referred[name] ?? '']}`
    })
    for (const query of ['', ...queries]) {
      const { status, body } = await callAsStranger(operation, idFor(operation, strangerIds), undefined, query)
      expect(status, `${operation.path}${query}`).toBeLessThan(500)
      expect(JSON.stringify(body), `${operation.path}${query}`).not.toContain('Matrix')
    }
  }
})

test('another tenant’s people have no notification preferences to read or set', async () => {
  for (const [scope, scope_id] of Object.entries({ agent: ids.agents, requester: ids.requesters })) {
    const pref = { scope, scope_id, event_key: 'ticket.moved', channel: 'email', enabled: false }
    const path = `/notification-prefs?scope=${scope}&scope_id=${scope_id}`
    for (const [client, status] of [
      [stranger, 422],
      [api, 200],
    ] as const) {
      const read = await client.get(path)
      const set = await client.post('/notification-prefs', pref)
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
