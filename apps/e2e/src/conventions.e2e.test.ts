import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, clientOf, type Reply, type System, startSystem } from './system.ts'

let system: System
let api: Client
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
})
afterAll(() => system[Symbol.asyncDispose]())

function expectError({ status, headers, body }: Reply, wanted: [number, string]) {
  expect([status, body.error.code]).toEqual(wanted)
  expect(body).toEqual({
    error: expect.objectContaining({ message: expect.any(String), retryable: expect.any(Boolean) }),
    request_id: headers.get('x-request-id'),
  })
}

const tag = { slug: 'a', name: 'A' }

test('a key is required, and only a whole and known one will do', async () => {
  for (const key of ['', 'nonsense', `mc_live_${'A'.repeat(43)}`, system.local.keys.full.slice(0, -1)]) {
    expectError(await api.get('/tags', { key, headers: key ? {} : { authorization: '' } }), [401, 'invalid_api_key'])
  }
})

test('a key does only what its scope says', async () => {
  const { read, write, admin } = system.local.keys
  expectError(await api.post('/tags', tag, { key: read }), [403, 'insufficient_scope'])
  expectError(await api.get('/tags', { key: write }), [403, 'insufficient_scope'])
  expectError(await api.get('/tags', { key: admin }), [403, 'insufficient_scope'])
  expectError(await api.get('/audit', { key: read }), [403, 'insufficient_scope'])
  expect((await api.get('/audit', { key: admin })).status).toBe(200)
})

test('scope is checked before the body is read', async () => {
  expectError(await api.post('/tags', '{broken', { key: system.local.keys.read }), [403, 'insufficient_scope'])
})

test('every bad field is named', async () => {
  const reply = await api.post('/tags', { slug: 'Bad Slug', colour: 1 })
  expectError(reply, [422, 'validation_failed'])
  const paths = reply.body.error.fields.map(({ path }: { path: string }) => path)
  expect(paths.sort()).toEqual(['colour', 'name', 'slug'])
})

test('query parameters are checked like bodies, and empty ones count as absent', async () => {
  const reply = await api.get('/tags?limit=101&colour=red')
  expectError(reply, [422, 'validation_failed'])
  const paths = reply.body.error.fields.map(({ path }: { path: string }) => path)
  expect(paths.sort()).toEqual(['query.colour', 'query.limit'])
  expect((await api.get('/tags?limit=&cursor=')).status).toBe(200)
  expect((await api.get('/audit?limit=200')).status).toBe(200)
})

test('bodies that are not JSON, too large, or of another type', async () => {
  expectError(await api.post('/tags', '{"slug":'), [400, 'invalid_json'])
  expectError(await api.post('/tags', '[]'), [422, 'validation_failed'])
  expectError(await api.post('/tags', { ...tag, name: 'x'.repeat(1_100_000) }), [413, 'payload_too_large'])
  const text = { headers: { 'content-type': 'text/plain' } }
  expectError(await api.post('/tags', '{}', text), [415, 'unsupported_media_type'])
})

test('unknown paths, ids and methods', async () => {
  expectError(await api.get('/nowhere'), [404, 'route_not_found'])
  expectError(await api.get('/tags/999999999'), [404, 'not_found'])
  expectError(await api.get('/tags/abc'), [404, 'not_found'])
  expectError(await api.get('/tickets/HD-0000000'), [404, 'not_found'])
  const reply = await api.request('PUT', '/tags')
  expectError(reply, [405, 'method_not_allowed'])
  expect(reply.headers.get('allow')).toBe('GET, HEAD, POST')
})

test('a request id is taken when it is fit for logs, and made when not', async () => {
  const mine = await api.get('/tags', { headers: { 'X-Request-Id': 'mine-1' } })
  expect(mine.body.request_id).toBe('mine-1')
  const unfit = await api.get('/tags', { headers: { 'X-Request-Id': '<script>' } })
  expect(unfit.body.request_id).toMatch(/^req_/)
})

test('a list is cut into pages, and a cursor that was changed is refused', async () => {
  for (const slug of ['p-1', 'p-2', 'p-3']) await api.post('/tags', { slug, name: slug })
  const first = await api.get('/tags?limit=2')
  expect(first.body).toMatchObject({ has_more: true, total_count_capped: false, next_cursor: expect.any(String) })
  const cursor: string = first.body.next_cursor
  expect((await api.get(`/tags?limit=2&cursor=${cursor}`)).status).toBe(200)
  const changed = (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1)
  expectError(await api.get(`/tags?cursor=${changed}`), [400, 'invalid_cursor'])
})

test('a resource has an ETag; If-None-Match saves the answer and If-Match guards a change', async () => {
  const { body } = await api.post('/tags', { slug: 'etag', name: 'ETag' })
  const path = `/tags/${body.data.id}`
  const got = await api.get(path)
  expect(got.headers.get('etag')).toBe('"1"')
  expect((await api.get(path, { headers: { 'If-None-Match': '"1"' } })).status).toBe(304)
  const change = (name: string) => api.post(path, { name }, { headers: { 'If-Match': '"1"' } })
  const replies = await Promise.all([change('one'), change('two')])
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 412])
  const refused = replies.find(({ status }) => status === 412)
  expect(refused?.body.error).toMatchObject({ code: 'version_mismatch', current_version: 2 })
})

test('every authenticated reply says where its key stands', async () => {
  const { headers } = await api.get('/tags', { key: system.local.keys.read })
  expect(headers.get('x-ratelimit-limit')).toBe('600')
  expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(600)
  expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000 - 1)
})

test('health answers, and a stranger’s connection that says nothing does not stop it', async () => {
  const { port } = new URL(system.local.gateway_url)
  const silent = connect(Number(port), '127.0.0.1')
  expect(await (await fetch(`${system.local.gateway_url}/healthz`)).json()).toEqual({ status: 'ok' })
  expect(await (await fetch(`${system.local.gateway_url}/readyz`)).json()).toMatchObject({
    status: 'ready',
    checks: { database: 'ok', nats: 'ok', tickets: 'ok', catalog: 'ok', audit: 'ok', ai: 'ok' },
  })
  silent.destroy()
})

test('browsers of every origin may ask, without cookies', async () => {
  const origin = { Origin: 'https://app.example.org' }
  const preflight = await fetch(`${system.local.gateway_url}/api/v1/helpdesk/tags`, {
    method: 'OPTIONS',
    headers: origin,
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
  const { headers } = await api.get('/tags', { headers: origin })
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-allow-credentials')).toBeNull()
})

test('PATCH and DELETE say the same as the POSTs that they stand for', async () => {
  const { body } = await api.post('/tags', { slug: 'alias', name: 'Alias' })
  const path = `/tags/${body.data.id}`
  expect((await api.request('PATCH', path, { body: { name: 'Renamed' } })).body.data).toMatchObject({ name: 'Renamed' })
  expect((await api.request('DELETE', path)).body.data).toEqual({ id: body.data.id, deleted: true })
  expectError(await api.get(path), [404, 'not_found'])
})

test('a deleted tag is off its tickets when the call returns, and the call can be repeated', async () => {
  const { body } = await api.post('/tags', { slug: 'short-lived', name: 'Short-lived' })
  const ticket = { subject: 'S', body_md: 'B', requester: { email: 'tagged@example.org' }, tags: ['short-lived'] }
  const { body: opened } = await api.post('/tickets', ticket)
  const remove = () => api.request('DELETE', `/tags/${body.data.id}`, { headers: { 'Idempotency-Key': 'short-lived' } })
  expect((await remove()).status).toBe(200)
  expect((await api.get(`/tickets/${opened.data.id}`)).body.data).toMatchObject({ tags: [], version: 2 })
  const again = await remove()
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
  expect((await api.get('/tickets?tag=short-lived')).body).toMatchObject({ data: [], total_count: 0 })
})

test('the docs page and all that it loads come from here', async () => {
  const docs = `${system.local.gateway_url}/api/docs`
  const page = await (await fetch(docs)).text()
  const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => !path.startsWith('data:'))
  expect(assets.length).toBeGreaterThan(2)
  for (const asset of assets) {
    const { status, headers } = await fetch(new URL(asset, docs))
    expect([asset, status, headers.get('content-security-policy')]).toEqual([
      asset,
      200,
      expect.stringContaining("'none'"),
    ])
  }
  expect(await (await fetch(`${system.local.gateway_url}/api/openapi.yaml`)).text()).toMatch(/^openapi: 3\.1\.0$/m)
})

test('50 tickets at once in a round-robin queue go to its five agents, ten each', async () => {
  const makeAgent = async (n: number) =>
    (await api.post('/agents', { name: `Agent ${n}`, email: `a${n}@example.org` })).body.data.id
  const agent_ids = await Promise.all([1, 2, 3, 4, 5].map(makeAgent))
  const queue = await api.post('/queues', { slug: 'fair', name: 'Fair', assignment_policy: 'round_robin', agent_ids })
  expect(queue.status).toBe(201)
  const requester = { email: 'many@example.org' }
  const tickets = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      api.post('/tickets', { subject: `T ${n}`, body_md: 'B', requester, queue_id: queue.body.data.id }),
    ),
  )
  const counts = agent_ids.map((id) => tickets.filter(({ body }) => body.data.agent_id === id).length)
  expect(counts).toEqual([10, 10, 10, 10, 10])
})

test('a canned response fills what it knows and lists what it does not', async () => {
  const requester = { email: 'canned@example.org', name: 'Cora Example' }
  const ticket = await api.post('/tickets', { subject: 'C', body_md: 'B', requester })
  const made = await api.post('/canned-responses', {
    slug: 'hello',
    title: 'Hello',
    body_md: 'Hello {{requester.first_name}}, about {{weather}}.',
  })
  const rendered = await api.post(`/canned-responses/${made.body.data.id}/render`, { ticket_id: ticket.body.data.id })
  expect(rendered.body.data).toEqual({ body_md: 'Hello Cora, about .', missing: ['weather'] })
})

test('a notification preference holds until it is set again, and who set it stands in the audit log', async () => {
  const cell = { scope: 'tenant_default', scope_id: 0, event_key: 'ticket.replied', channel: 'in_app' }
  const set = await api.post('/notification-prefs', { ...cell, enabled: false })
  expect([set.status, set.body.data]).toEqual([200, { ...cell, enabled: false, inherited_from: null }])
  const agent = await api.post('/agents', { name: 'Nora Example', email: 'nora@example.org' })
  const matrix = await api.get(`/notification-prefs?scope=agent&scope_id=${agent.body.data.id}`)
  expect(matrix.body).toMatchObject({ next_cursor: null, has_more: false, total_count: 14, total_count_capped: false })
  expect(matrix.body.data).toContainEqual({
    ...cell,
    scope: 'agent',
    scope_id: agent.body.data.id,
    enabled: false,
    inherited_from: 'tenant_default',
  })
  await vi.waitFor(async () => {
    const { body } = await api.get('/audit?event_key=notification_pref.set')
    expect(body.data).toMatchObject([
      {
        resource_type: 'notification_pref',
        resource_id: expect.stringMatching(/^\d+$/),
        actor_kind: 'api',
        data: { ...cell, enabled: false, changes: { enabled: [null, false] } },
      },
    ])
  }, 15_000)
})

test('a key may act for a person of its tenant, and for nobody else', async () => {
  const nobody = { headers: { 'X-Helpdesk-Actor': 'agent:99999999' } }
  const tag = { slug: 'by-person', name: 'By a person' }
  const pref = { scope: 'tenant_default', event_key: 'ticket.moved', channel: 'email', enabled: false }
  for (const [path, body] of Object.entries({ '/tags': tag, '/notification-prefs': pref })) {
    const refused = await api.post(path, body, nobody)
    expectError(refused, [422, 'validation_failed'])
    expect(refused.body.error.fields).toMatchObject([{ path: 'header.X-Helpdesk-Actor', code: 'not_found' }])
  }
  const agent = await api.post('/agents', { name: 'Per Example', email: 'per@example.org' })
  const person = { headers: { 'X-Helpdesk-Actor': `agent:${agent.body.data.id}` } }
  const { body } = await api.post('/tags', tag, person)
  await vi.waitFor(async () => {
    const { body: audit } = await api.get(`/audit?resource_type=tag&resource_id=${body.data.id}`)
    const actor = { actor_kind: 'agent', actor_id: String(agent.body.data.id), via: expect.stringMatching(/^api:\d+$/) }
    expect(audit.data).toMatchObject([{ event_key: 'tag.created', ...actor }])
  }, 15_000)
  await api.post(`/agents/${agent.body.data.id}/delete`)
  expectError(await api.post(`/tags/${body.data.id}/delete`, {}, person), [422, 'validation_failed'])
  expect((await api.get(`/tags/${body.data.id}`)).status).toBe(200)
})
