import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, clientOf, type System, startSystem } from './system.ts'

let system: System
let api: Client
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
})
afterAll(() => system[Symbol.asyncDispose]())

const auditTrail = async (ticketId: number) => {
  const { body } = await api.get(`/audit?ticket_id=${ticketId}`)
  return body.data.map((entry: { event_key: string }) => entry.event_key).reverse()
}

test('a tag and a ticket are made, answered and read back from a valid audit chain', async () => {
  const tag = await api.post('/tags', { slug: 'refund', name: 'Refund', color: '#dc2626' })
  expect(tag.status).toBe(201)
  expect(tag.body).toEqual({
    data: {
      id: expect.any(Number),
      slug: 'refund',
      name: 'Refund',
      color: '#dc2626',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.any(String),
      version: 1,
    },
    next_cursor: null,
    request_id: expect.any(String),
  })

  const requester = { email: 'fay@example.org', name: 'Fay Example' }
  const ticket = await api.post('/tickets', { subject: 'Money back', body_md: 'Please.', requester, tags: ['refund'] })
  expect(ticket.status).toBe(201)
  expect(ticket.body.data).toMatchObject({
    reference: expect.stringMatching(/^HD-[0-9A-HJKMNP-TV-Z]{7}$/),
    status: 'new',
    priority: 'normal',
    source: 'api',
    agent_id: null,
    requester,
    tags: [{ slug: 'refund', name: 'Refund', color: '#dc2626' }],
    message_count: 1,
    first_response_at: null,
    version: 1,
  })
  const { id, reference } = ticket.body.data

  const author = { kind: 'agent' }
  const reply = await api.post(`/tickets/${reference}/reply`, { body_md: 'Done.', author })
  expect(reply.status).toBe(201)
  expect(reply.body.data).toMatchObject({ ticket_id: id, kind: 'reply', body_md: 'Done.', author })
  expect((await api.get(`/tickets/${id}`)).body.data).toMatchObject({ status: 'open', message_count: 2 })

  expect((await api.get(`/tags/${tag.body.data.id}`)).body.data).toMatchObject({ ticket_count: 1 })
  const deleted = await api.post(`/tags/${tag.body.data.id}/delete`)
  expect(deleted.body.data).toEqual({ id: tag.body.data.id, deleted: true })
  expect((await api.get(`/tickets/${id}`)).body.data.tags).toEqual([])

  await vi.waitFor(async () => {
    expect(await auditTrail(id)).toEqual(['ticket.created', 'ticket.replied', 'ticket.status_changed'])
  }, 5_000)
  const tags = await api.get('/audit?resource_type=tag')
  expect(tags.body.data.map((entry: { event_key: string }) => entry.event_key)).toEqual(
    expect.arrayContaining(['tag.deleted', 'tag.created']),
  )
  const [newest] = tags.body.data
  expect(newest).toMatchObject({
    event_key: 'tag.deleted',
    actor_kind: 'api',
    actor_id: expect.stringMatching(/^\d+$/),
  })
  const verified = await api.get('/audit/verify')
  expect(verified.body.data).toMatchObject({ ok: true, first_bad_id: null })
  expect(verified.body.data.checked).toBeGreaterThan(4)
})

test('the audit log keeps no message text', async () => {
  const secret = 'my-cat-is-called-zanzibar'
  const { body } = await api.post('/tickets', {
    subject: 'Hello',
    body_md: secret,
    requester: { email: 'g@example.org' },
  })
  await vi.waitFor(async () => {
    const { body: audit } = await api.get(`/audit?ticket_id=${body.data.id}`)
    expect(audit.data[0].data).toMatchObject({ body_md_length: secret.length })
    expect(JSON.stringify(audit)).not.toContain(secret)
  }, 5_000)
})

test('one key twice makes one tag; ten times at once too', async () => {
  const twice = { headers: { 'Idempotency-Key': 'twice' } }
  const first = await api.post('/tags', { slug: 'twice', name: 'Twice' }, twice)
  const second = await api.post('/tags', { slug: 'twice', name: 'Twice' }, twice)
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body.data).toEqual(first.body.data)
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  expect(second.headers.get('idempotency-replayed')).toBe('true')

  const tenfold = { headers: { 'Idempotency-Key': 'tenfold' } }
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => api.post('/tags', { slug: 'tenfold', name: 'Tenfold' }, tenfold)),
  )
  const made = replies.filter(({ status }) => status === 201)
  expect(new Set(made.map(({ body }) => body.data.id)).size).toBe(1)
  for (const { status, body } of replies) {
    if (status !== 201) expect([status, body.error.code]).toEqual([409, 'idempotency_in_progress'])
  }
})

test('without an Anthropic key every AI hook is blocked at its gate, and says so', async () => {
  const hooks = [
    ['/ai/reply-suggest', { ticket_id: 1234 }],
    ['/ai/summary', { ticket_id: 1234 }],
    ['/ai/categorize', { ticket_id: 1234 }],
    ['/ai/sentiment', { ticket_id: 1234 }],
    ['/ai/resolution-predict', { ticket_id: 1234 }],
    ['/ai/canned-generate', { intent: 'apologise for a late parcel' }],
    ['/ai/audit-qa', { question: 'who deleted the tag?' }],
  ] as const
  const replies = await Promise.all([
    ...hooks.map(([path, body]) => api.post(path, body)),
    api.get('/ai/knowledge-gaps'),
  ])
  for (const { status, body } of replies) {
    expect(status).toBe(200)
    expect(body).toEqual({ ok: false, error: 'gate_blocked', reason: 'no_key', request_id: expect.any(String) })
  }
  expect((await api.post('/ai/summary', { ticket_id: 'x' })).status).toBe(422)
  expect((await api.post('/ai/categorize', { ticket_id: 1 }, { key: system.local.keys.read })).status).toBe(403)
})

test('a row changed by hand in the audit log is found and named', async () => {
  const { default: postgres } = await import('postgres')
  const sql = postgres(Object.assign(new URL(system.local.postgres_url), { pathname: '/audit' }).toString(), { max: 1 })
  const before = await sql`select tenant_id, id, actor_id from audit_log where event_key = 'tag.created' limit 1`
  await sql`update audit_log set actor_id = '99' where tenant_id = ${before[0]?.tenant_id} and id = ${before[0]?.id}`
  expect((await api.get('/audit/verify')).body.data).toMatchObject({ ok: false, first_bad_id: Number(before[0]?.id) })
  await sql`
    update audit_log set actor_id = ${before[0]?.actor_id}
     where tenant_id = ${before[0]?.tenant_id} and id = ${before[0]?.id}`
  expect((await api.get('/audit/verify')).body.data).toMatchObject({ ok: true })
  await sql.end()
})
