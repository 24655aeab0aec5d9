// What nobody should send, to every route: generated from the document, and refused as the document says.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokenTexts, candidates, oddTexts, placesIn } from './bad-values.ts'
import { type ApiDocument, type Operation, readDocument } from './document.ts'
import { fill, goodBody, type Ids, isItem, kindOf, makeResources } from './resources.ts'
import { type Client, clientOf, type Reply, type System, startSystem } from './system.ts'

let system: System
let api: Client
let document: ApiDocument
let ids: Ids
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
  document = await readDocument(system.local.gateway_url)
  ids = await makeResources(api)
})
afterAll(() => system[Symbol.asyncDispose]())

/** A request, and what must be said to it beyond what holds for all. */
interface Attempt {
  operation: Operation
  path?: string
  body?: unknown
  headers?: Record<string, string>
  /** One of these; when absent any that the document lists. */
  status?: number[]
  /** The field that is to be named. */
  field?: string
  check?: (reply: Reply) => string | undefined
}

/** Sends them, some at a time, and tells how answers differ from what they are to be. */
async function faultsOf(attempts: Attempt[]): Promise<string[]> {
  const faults: string[] = []
  const waiting = attempts.reverse()
  expect(waiting.length).toBeGreaterThan(100)
  const sendInTurn = async () => {
    for (let attempt = waiting.pop(); attempt; attempt = waiting.pop()) {
      const { operation, path = pathOf(operation), body, headers = {} } = attempt
      const reply = await api.request(operation.method, path, { body, headers })
      const fault = faultOf(attempt, reply)
      const said = JSON.stringify([body, headers])?.slice(0, 200)
      const answered = `${reply.status} ${JSON.stringify(reply.body)?.slice(0, 300)}`
      if (fault) faults.push(`${fault}: ${operation.method} ${path.slice(0, 200)} ${said} → ${answered}`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, sendInTurn))
  return faults
}

function faultOf({ operation, status, field, check }: Attempt, reply: Reply): string | undefined {
  if (reply.status >= 500) return 'failed'
  if (!operation.statuses.includes(reply.status)) return 'not a status of the document'
  if (status && !status.includes(reply.status)) return `not ${status}`
  if (reply.status === 304) return
  if (!reply.body?.request_id || reply.body.request_id !== reply.headers.get('x-request-id')) return 'no request id'
  const wrong = reply.status >= 400 ? document.faults(document.error, reply.body) : ''
  if (wrong) return `not the error envelope (${wrong})`
  if (field !== undefined && !names(reply, field)) return `does not name ${field}`
  return check?.(reply)
}

/** Whether the error names the field, or what holds it, or something in it. */
const names = ({ body }: Reply, field: string) =>
  body.error?.fields?.some(({ path }: { path: string }) =>
    field === '' ? path !== '' : `${path}.`.startsWith(`${field}.`) || `${field}.`.startsWith(`${path}.`),
  )

const missing = 999_999_999
/** Of a resource that is there, unless it would be deleted. */
const pathOf = (operation: Operation) =>
  fill(operation, operation.operationId.startsWith('delete') ? missing : (ids[kindOf(operation)] ?? missing))

const all = () => document.operations
/** Without PATCH, which is served by the same code as the POST beside it. */
const withBody = () => all().filter(({ body, method }) => body && method === 'POST')
const withQuery = () => all().filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'query'))

const expectNone = (faults: string[]) => expect(faults.slice(0, 20), `${faults.length} faults`).toEqual([])

/** Every place of every body, and what the document says of a body. */
const placesOfBodies = () =>
  withBody().flatMap((operation) => {
    const schema = operation.body?.schema
    const allows = (body: unknown) => document.faults(schema, body) === ''
    return [...placesIn(schema, () => goodBody(operation, ids))].map((place) => ({ ...place, operation, allows }))
  })

test('a body is refused by name for what the document does not allow', async () => {
  const attempts = placesOfBodies().flatMap(({ operation, path, schema, put, allows }) =>
    candidates(schema)
      .map(put)
      .map((body) => ({
        operation,
        body: JSON.stringify(body),
        ...(!allows(body) && { status: [422], field: path }),
      })),
  )
  expectNone(await faultsOf(attempts))
})

test('odd text is kept as it is, and text that cannot be kept is refused by name', async () => {
  const attempts = placesOfBodies().flatMap(({ operation, path, put, allows }): Attempt[] => {
    // Any text has the form of a model's name; which ones there are, the prices say.
    if (path === 'default_model' || !oddTexts.every((text) => allows(put(text)))) return []
    return [
      ...oddTexts.map((text) => ({
        operation,
        body: put(text),
        status: [200, 201],
        // A known requester keeps his name.
        check: ({ body }: Reply) =>
          [undefined, text].includes(at(body.data, path)) || path === 'requester.name' ? undefined : `changes ${path}`,
      })),
      ...brokenTexts.map((text) => ({ operation, body: put(text), status: [422], field: path })),
    ]
  })
  expectNone(await faultsOf(attempts))
})

const at = (data: Reply['body'], path: string) => path.split('.').reduce((value, name) => value?.[name], data)

test('a query parameter is refused by name for what the document does not allow', async () => {
  const plain = 'x -1 0 1.5 1e3 null , none 2026-02-30T00:00:00Z 2026-11-24 %00 %ff %ED%A0%80 %F0%9F%98%80'.split(' ')
  const years = ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00%2B14:00', '9999-12-31T23:59:59-12:00']
  const texts = [...plain, ...years, '9'.repeat(16), '9'.repeat(40), 'x'.repeat(3_000)]
  const attempts = withQuery().flatMap((operation) => {
    const path = pathOf(operation)
    const parameters = operation.parameters.filter((parameter) => parameter.in === 'query')
    const ask = (query: string, more: Partial<Attempt> = {}) => ({ operation, path: `${path}?${query}`, ...more })
    const refused = (query: string, name: string) => ask(query, { status: [422], field: `query.${name}` })
    return [
      ...parameters.flatMap(({ name, schema }) => [
        ask(`${name}=`, { status: [200] }),
        refused(`${name}=1&${name}=2`, name),
        refused(`${name}[]=1`, `${name}[]`),
        ...[...texts, ...boundsOf(schema)].map((text) =>
          document.faults(schema, fromText(text, schema)) ? refused(`${name}=${text}`, name) : ask(`${name}=${text}`),
        ),
      ]),
      ...['unknown', 'LIMIT', '__proto__', 'constructor', '%00', '%ff'].map((name) =>
        ask(`${name}=1`, { status: [422] }),
      ),
    ]
  })
  expectNone(await faultsOf(attempts))
})

const boundsOf = ({ minimum, maximum }: { minimum?: number; maximum?: number }) =>
  [minimum && minimum - 1, maximum && maximum + 1].filter((bound) => bound !== undefined).map(String)

/** What a query parameter says, of the type that its schema has. */
function fromText(encoded: string, schema: Operation['answer']['schema']): unknown {
  const text = new URLSearchParams(`x=${encoded}`).get('x') ?? ''
  if (schema.anyOf) return fromText(encoded, { type: 'integer' })
  if (schema.type === 'array') return text.split(',')
  if (schema.type === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  return schema.type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text
}

test('a cursor that is not this list’s own is refused', async () => {
  for (const slug of ['cursor-1', 'cursor-2']) await api.post('/tags', { slug, name: slug })
  const { next_cursor: foreign } = (await api.get('/tags?limit=1')).body
  const lists = withQuery().filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'))
  const cursors = ['x', '.', 'a.b', 'a.b.c', `${foreign}.`, `.${foreign}`, '%00', '%F0%9F%98%80.x', 'null', '[]', '{}']
  const attempts = lists.flatMap((operation) =>
    [...cursors, ...(operation.operationId === 'listTags' ? [] : [foreign])].map((cursor) => ({
      operation,
      path: `${pathOf(operation)}?cursor=${cursor}`,
      status: [400],
      check: ({ body }: Reply) => (body.error.code === 'invalid_cursor' ? undefined : 'another code'),
    })),
  )
  expect(lists.length).toBeGreaterThan(7)
  expectNone(await faultsOf(attempts))
})

test('an id that is none is not found', async () => {
  const plain = '0 -1 +1 1.5 1e3 0x1 01 abc 9007199254740993 HD- HD-0000000 hd-0000000 %00 1%00 %ff %ED%A0%80 %'
  const bad = [...plain.split(' '), '%F0%9F%98%80', '1%20or%201=1', '%2e%2e%2f1', '9'.repeat(30), '9'.repeat(5_000)]
  const attempts = all()
    .filter(isItem)
    .flatMap((operation) =>
      bad.map((id) => ({
        operation,
        path: fill(operation, id),
        body: goodBody(operation, ids),
        status: [404],
      })),
    )
  expectNone(await faultsOf(attempts))
})

test('a header that is not as it should be is refused by name', async () => {
  const plain = ['robot:1', 'agent:', 'agent:0', 'agent:1 or 1=1', 'agent:1;2']
  const actors = [...plain, `agent:${'9'.repeat(30)}`, 'x'.repeat(5_000)]
  const attempts = all().flatMap((operation): Attempt[] => {
    const body = goodBody(operation, ids)
    const refused = (name: string, value: string) => ({
      operation,
      body,
      headers: { [name]: value },
      status: [422],
      field: `header.${name}`,
    })
    return [
      ...actors.map((actor) => refused('X-Helpdesk-Actor', actor)),
      ...(operation.method === 'GET' ? [] : [refused('Idempotency-Key', 'x'.repeat(256)), refused('If-Match', '"x"')]),
      { operation, body, headers: { 'X-Helpdesk-Actor': `agent:${missing}` } },
      { operation, body, headers: { traceparent: 'nonsense' } },
      { operation, body, headers: { 'X-Request-Id': '\u00ff' } },
    ]
  })
  expectNone(await faultsOf(attempts))
})

test('a body that is not JSON, or not the right kind, is refused', async () => {
  const json = { 'content-type': 'application/json' }
  const broken = ['{"a":', '{"a":1}x', "{'a':1}", '{"a":NaN}', '\u0000', '{"a":"\u0001"}', 'undefined', '{"a":1,}', ' ']
  const noObjects = ['null', '1', '"text"', '[]', 'true', '['.repeat(50_000) + ']'.repeat(50_000)]
  const unknown = ['{"unknown_field":1}', '{"__proto__":{}}', '{"constructor":1}', '{"":1}', '{"\\u0000":1e999}']
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1])))
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/json; charset=nonsense']
  const attempts = all()
    .filter(({ method }) => method !== 'GET')
    .flatMap((operation) => {
      const refused = (status: number, body: string, headers: Record<string, string> = json) => ({
        operation,
        body,
        headers,
        status: [status],
      })
      return [
        ...broken.map((body) => refused(400, body)),
        ...[...noObjects, ...unknown, many].map((body) => refused(422, body)),
        ...types.map((type) => refused(415, '{}', { 'content-type': type })),
        refused(413, JSON.stringify('x'.repeat(1_100_000))),
        refused(400, '{}', { ...json, 'content-encoding': 'gzip' }),
        refused(415, '{}', { ...json, 'content-encoding': 'nonsense' }),
      ]
    })
  expectNone(await faultsOf(attempts))
})
