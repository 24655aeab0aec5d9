import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, clientOf, newFolder, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const nowhere = newFolder()

let system: System
let api: Client
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
})
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  rmSync(nowhere, { recursive: true })
})

interface Ended {
  code: number
  out: string
  err: string
}

/** `npm run admin --` with the local system in `folder`. */
async function adminIn(folder: string, args: string[], input = ''): Promise<Ended> {
  const env = { ...process.env, HELPDESK_FOLDER: folder, NODE_COMPILE_CACHE: join(system.folder, 'compiled') }
  const running = promisify(execFile)(process.execPath, ['tools/admin/admin.ts', ...args], { cwd: root, env })
  running.child.stdin?.end(input)
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )
}

const admin = (...args: string[]) => adminIn(system.folder, args)

/** The rows that a command prints, which must succeed. */
async function rowsOf(...args: string[]) {
  const { code, out, err } = await admin('--json', ...args)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out)
}

/** A tenant with a key. */
async function makeTenant(slug: string, ...keyOptions: string[]): Promise<string> {
  await rowsOf('tenant', 'create', slug)
  const [{ key }] = await rowsOf('key', 'create', slug, '--name', 'test', ...keyOptions)
  return key
}

function fileOf(name: string, content: unknown): string {
  const file = join(nowhere, name)
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('it makes tenants and keys, changes plans, and revokes at once', async () => {
  expect((await admin('tenant', 'create', 'acme', '--name', 'Acme')).code).toBe(0)
  expect(await admin('tenant', 'create', 'acme')).toMatchObject({ code: 1, err: expect.stringContaining('already') })
  const [{ id, key }] = await rowsOf('key', 'create', 'acme', '--name', 'ci', '--scopes', 'read,write')
  expect(key).toMatch(/^mc_live_/)

  expect((await api.get('/tags', { key })).body.data).toEqual([])
  const { body } = await api.get('/queues', { key })
  expect(body.data).toMatchObject([{ slug: 'support', name: 'Support', is_default: true }])
  const demoTag = (await api.get('/tags')).body.data[0].id
  expect((await api.get(`/tags/${demoTag}`, { key })).status).toBe(404)

  expect((await admin('tenant', 'plan', 'acme', 'starter')).code).toBe(0)
  await vi.waitFor(async () => {
    const gated = await api.get('/tags', { key })
    expect(gated).toMatchObject({
      status: 403,
      body: { error: { code: 'plan_gated', current_plan: 'starter', required_plan: 'pro' } },
    })
  }, 10_000)
  await vi.waitFor(async () => {
    const hook = await api.post('/ai/summary', { ticket_id: 1 }, { key })
    expect(hook).toMatchObject({ status: 200, body: { ok: false, error: 'gate_blocked', reason: 'plan' } })
  }, 10_000)

  expect((await admin('key', 'revoke', 'acme', String(id))).code).toBe(0)
  await vi.waitFor(async () => expect((await api.get('/tags', { key })).status).toBe(401), 10_000)
})

test('a tenant’s rate limit holds for its keys without one of their own, until it is the default again', async () => {
  const key = await makeTenant('limited')
  const [{ key: own }] = await rowsOf('key', 'create', 'limited', '--name', 'own', '--rate-limit', '70')
  const limitOf = async (each: string) => (await api.get('/tags', { key: each })).headers.get('x-ratelimit-limit')
  expect(await limitOf(key)).toBe('600')

  const [tenant] = await rowsOf('tenant', 'rate-limit', 'limited', '80')
  expect(tenant).toMatchObject({ slug: 'limited', rate_limit_per_minute: 80 })
  await vi.waitFor(async () => expect(await limitOf(key)).toBe('80'), 10_000)
  expect(await limitOf(own)).toBe('70')

  await rowsOf('tenant', 'rate-limit', 'limited', 'default')
  await vi.waitFor(async () => expect(await limitOf(key)).toBe('600'), 10_000)
})

const orderNumber = { key: 'order_number', label: 'Order number', type: 'number', required: true }
const carrier = { key: 'carrier', label: 'Carrier', type: 'select', options: ['Post', 'Courier'] }

test('a help topic is made with custom fields that tickets are held to, listed, changed and deleted', async () => {
  const key = await makeTenant('topics')
  const file = fileOf('fields.json', [orderNumber, carrier])
  const create = ['help-topic', 'create', 'topics', 'returns', '--name', 'Returns', '--custom-fields', file]
  const [made] = await rowsOf(...create, '--default-priority', 'high')
  const fields = [
    { ...orderNumber, options: [] },
    { ...carrier, required: false },
  ]
  expect(made).toMatchObject({ slug: 'returns', default_priority: 'high', is_active: true, custom_fields: fields })
  const served = await api.get(`/help-topics/${made.id}`, { key })
  expect(served.body.data).toMatchObject({ name: 'Returns', custom_fields: fields })

  const ticket = { subject: 'S', body_md: 'B', requester: { email: 'r@example.org' }, help_topic_id: made.id }
  const refused = await api.post('/tickets', ticket, { key })
  expect(refused).toMatchObject({ status: 422, body: { error: { fields: [{ path: 'custom_fields.order_number' }] } } })

  const [listed] = await rowsOf('help-topic', 'list', 'topics')
  expect(listed).toEqual(made)
  const turned = JSON.stringify(listed.custom_fields.reverse())
  const update = ['help-topic', 'update', 'topics', 'returns', '--custom-fields', '-', '--default-priority', 'none']
  expect(await adminIn(system.folder, [...update, '--inactive'], turned)).toMatchObject({ code: 0 })
  const [changed] = await rowsOf('help-topic', 'list', 'topics')
  expect(changed).toMatchObject({ name: 'Returns', default_priority: null, is_active: false, version: 2 })
  expect(changed.custom_fields).toEqual(fields.toReversed())
  expect((await api.get('/help-topics', { key })).body.data).toEqual([])

  expect(await rowsOf('help-topic', 'delete', 'topics', 'returns')).toEqual([{ id: made.id, deleted: true }])
  expect((await admin('help-topic', 'list', 'topics')).out).toBe('None.\n')

  await vi.waitFor(async () => {
    const { body } = await api.get('/audit?resource_type=help_topic', { key })
    const keys = body.data.map((entry: { event_key: string }) => entry.event_key)
    expect(keys).toEqual(['help_topic.deleted', 'help_topic.updated', 'help_topic.created'])
    expect(body.data[0]).toMatchObject({ actor_kind: 'system', actor_id: 'admin' })
  }, 10_000)
})

test('every field that is wrong with a help topic is named, in words and in JSON', async () => {
  const file = fileOf('bad.json', [{ key: 'Order', type: 'color', requried: true }])
  const bad = ['help-topic', 'create', 'demo', 'Not a slug', '--custom-fields', file]
  const paths = [
    'slug',
    'custom_fields.0.key',
    'custom_fields.0.label',
    'custom_fields.0.type',
    'custom_fields.0.requried',
  ]
  const said = await admin(...bad)
  expect(said).toMatchObject({ code: 1, out: '' })
  expect(said.err.split('\n').map((line) => line.split(': ')[0])).toEqual([...paths, ''])
  const { error } = JSON.parse((await admin('--json', ...bad)).err)
  expect(error).toMatchObject({ code: 'validation_failed', fields: paths.map((path) => ({ path })) })

  const unknownQueue = await admin('help-topic', 'create', 'demo', 'lost', '--queue-id', '999999')
  expect(unknownQueue).toMatchObject({ code: 1, err: 'queue_id: There is no such queue.\n' })
  const taken = await admin('help-topic', 'create', 'demo', 'refunds')
  expect(taken).toMatchObject({ code: 1, err: 'slug: There is already a help topic with this slug.\n' })
})

test('an event that audit-svc cannot record is listed, replayed once its cause is mended, and recorded once', async () => {
  const key = await makeTenant('poison')
  const audit = postgres(system.local.postgres_url.replace(/[^/]*$/, 'audit'))
  const listed = () => rowsOf('dead-letters', 'list', '--service', 'audit-svc')
  const eventKeys = async () =>
    (await api.get('/audit', { key })).body.data.map((entry: { event_key: string }) => entry.event_key)
  const metrics = async () => (await fetch(`${system.local.health['audit-svc']}/metrics`)).text()
  const makeTag = (slug: string) => api.post('/tags', { slug, name: slug, color: '#000000' }, { key })
  try {
    await audit`alter table audit_log add constraint cause check (event_key <> 'tag.created') not valid`
    await makeTag('first')
    await api.post('/canned-responses', { slug: 'behind', title: 'T', body_md: 'B' }, { key })
    await vi.waitFor(async () => expect(await eventKeys()).toContain('canned_response.created'), 15_000)
    const [letter, ...others] = await listed()
    expect(others).toEqual([])
    expect(letter).toMatchObject({
      service: 'audit-svc',
      subject: expect.stringMatching(/tag\.created$/),
      error: expect.stringContaining('violates check constraint "cause"'),
      tries: 2,
      replay_requested_at: null,
    })
    expect(await metrics()).toContain('dead_letters{consumer="audit-svc"} 1')

    await rowsOf('dead-letters', 'replay', letter.event_id)
    await vi.waitFor(
      async () => expect(await listed()).toMatchObject([{ tries: 3, replay_requested_at: null }]),
      15_000,
    )
    expect(await eventKeys()).not.toContain('tag.created')

    await audit`alter table audit_log drop constraint cause`
    expect(await rowsOf('dead-letters', 'replay', '--all')).toMatchObject([{ event_id: letter.event_id }])
    await vi.waitFor(async () => expect(await listed()).toEqual([]), 15_000)
    await makeTag('second')
    await vi.waitFor(
      async () => expect((await eventKeys()).slice(0, 2)).toEqual(['tag.created', 'tag.created']),
      15_000,
    )
    expect((await eventKeys()).slice(2)).toContain('canned_response.created')
    const { body } = await api.get('/audit/verify', { key })
    expect(body.data).toMatchObject({ ok: true })
    expect(await metrics()).not.toContain('dead_letters{')
  } finally {
    await audit.end()
  }
})

test('an event that is given up is gone', async () => {
  const tickets = postgres(system.local.postgres_url.replace(/[^/]*$/, 'tickets'))
  await tickets`
    insert into dead_letters (tenant_id, consumer, event_id, subject, payload, error)
    values (1, 'tickets-svc-tags', 'evt_lost', 's', '{}', 'Error: x')`
  await tickets.end()
  expect(await rowsOf('dead-letters', 'drop', 'evt_lost')).toMatchObject([{ consumer: 'tickets-svc-tags' }])
  expect((await admin('dead-letters', 'list')).out).toBe('None.\n')
})

test.concurrent.each([
  [['tenant', 'create', 'Not a slug'], /^slug: Must be lower-case/],
  [['tenant', 'plan', 'nobody', 'pro'], /^There is no such tenant\.$/m],
  [['tenant', 'plan', 'demo', 'gold'], /Must be one of starter, pro/],
  [['tenant', 'rate-limit', 'demo', '0'], /whole number above 0/],
  [['tenent', 'list'], /Did you mean tenant/],
  [['key', 'create', 'demo'], /'--name <name>' not specified/],
  [['key', 'create', 'demo', '--name', ' '], /^name: Must not be blank/],
  [['key', 'create', 'demo', '--name', 'x', '--scopes', 'read,all'], /There is no scope all/],
  [['key', 'create', 'demo', '--name', 'x', '--expires', '1'], /a time such as 2027/],
  [['key', 'create', 'demo', '--name', 'x', '--expires', '2020-01-01T00:00:00Z'], /in the future/],
  [['key', 'create', 'demo', '--name', 'x', '--origins', 'app.example.org'], /app\.example\.org is no origin/],
  [['key', 'revoke', 'demo', '999999'], /^There is no such API key\.$/m],
  [['dead-letters', 'replay'], /^Give an event id, or --all/],
  [['dead-letters', 'replay', 'evt_1', '--all'], /^Give an event id, or --all/],
  [['dead-letters', 'drop', 'evt_1'], /^There is no such dead letter\.$/m],
  [['help-topic', 'update', 'demo', 'refunds'], /^Say what to change/],
  [['help-topic', 'update', 'demo', 'nothing', '--active'], /^There is no such help topic\.$/m],
  [['help-topic', 'create', 'demo', 'x', '--custom-fields', '/nowhere.json'], /^custom_fields: Cannot read/],
])('refused with a reason: %j', async (args, reason) => {
  expect(await admin(...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(reason) })
})

test('it says what it cannot reach', async () => {
  const away = 'postgres://127.0.0.1:1/gateway'
  const catalog = ['help-topic', 'list', 'demo', '--catalog-address', '127.0.0.1:1']
  const answers = await Promise.all([
    adminIn(nowhere, ['tenant', 'list']),
    admin('tenant', 'list', '--database-url', away),
    admin('key', 'list', 'demo', '--database-url', 'nonsense'),
    admin(...catalog),
    admin('dead-letters', 'list', '--audit-database-url', away),
    admin('dead-letters', 'list', '--database-url', away),
  ])
  expect(answers.map(({ code, err }) => [code, err])).toEqual([
    [1, expect.stringMatching(/^There is no local system here: start one with npm start, or give --database-url\.$/m)],
    [1, expect.stringMatching(/^The gateway's database cannot be reached: .*ECONNREFUSED.*\. Does the system run\?$/m)],
    [1, expect.stringMatching(/^database_url: Must be like postgres:/)],
    [1, expect.stringMatching(/^catalog-svc at 127\.0\.0\.1:1: The service cannot be reached/)],
    [1, expect.stringMatching(/^Audit-svc's database cannot be reached: .*ECONNREFUSED/)],
    [1, 'Give the database of a service: see --help.\n'],
  ])
})

test('its help names every command', async () => {
  const helps = await Promise.all(
    ['tenant', 'key', 'help-topic', 'dead-letters'].map((topic) => admin(topic, '--help')),
  )
  const commands = helps.map(({ out }) => {
    const section = out.split('Commands:\n')[1] ?? ''
    return [...section.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name)
  })
  expect(commands).toEqual([
    ['create', 'list', 'plan', 'rate-limit', 'help'],
    ['create', 'list', 'revoke', 'help'],
    ['list', 'create', 'update', 'delete', 'help'],
    ['list', 'replay', 'drop', 'help'],
  ])
  expect((await admin('--help')).out).toMatch(/tenant .*\n.*key .*\n.*help-topic .*\n(.*\n)*.*dead-letters /)
})
