// The curl scripts of examples/rest, run as their readers run them.

import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, clientOf, localEnv, type System, startSystem } from './system.ts'

const folder = join(import.meta.dirname, '../../../examples/rest')
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh') && name !== 'common.sh')

let system: System
let api: Client
let env: Record<string, string>
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
  env = await localEnv(system)
})
afterAll(() => system?.[Symbol.asyncDispose]())

interface Ended {
  code: number
  out: string
  err: string
}

const attempt = (script: string, args: string[], more: Record<string, string> = {}): Promise<Ended> =>
  // Some terminals and runners ask every program for colours.
  promisify(execFile)(join(folder, script), args, {
    env: { ...process.env, FORCE_COLOR: '1', ...env, ...more },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  )

/** The lines that a script prints, which must succeed. */
async function linesOf(script: string, ...args: string[]): Promise<string[]> {
  const { code, out, err } = await attempt(script, args)
  expect([code, err]).toEqual([0, ''])
  return out.trimEnd().split('\n')
}

test('ticket-life.sh opens, assigns, answers and resolves a ticket, and again when it is run again', async () => {
  await linesOf('ticket-life.sh')
  const lines = await linesOf('ticket-life.sh')
  const reference = lines[0]?.match(/HD-\w{7}/)?.[0]
  expect(lines.map((line) => line.trim().split(/ +/)[0])).toEqual([
    'opened',
    'assigned',
    'answered',
    'now',
    'resolved',
    'reply',
    'system_event',
    'reply',
    'system_event',
    'system_event',
  ])
  expect(lines[3]).toMatch(/open, 2 messages$/)
  expect((await api.get(`/tickets/${reference}`)).body.data).toMatchObject({
    status: 'resolved',
    priority: 'high',
    agent_id: expect.any(Number),
    tags: [{ slug: 'refund' }],
    custom_fields: { order_number: 1042 },
  })
})

test('pages.sh shows every open ticket once, in pages of the size that is asked for', async () => {
  const requester = { email: 'pages@example.org' }
  for (const subject of ['A', 'B', 'C', 'D']) await api.post('/tickets', { subject, body_md: 'B', requester })
  const { body } = await api.get('/tickets?status=new,open&sort=-created_at')
  const references = body.data.map(({ reference }: { reference: string }) => reference)
  const lines = await linesOf('pages.sh', '3')
  expect(lines.flatMap((line) => line.match(/HD-\w{7}/) ?? [])).toEqual(references)
  expect(lines.filter((line) => line === 'page')).toHaveLength(Math.ceil(references.length / 3))
  expect(lines.at(-1)).toBe(`${references.length} tickets`)
})

test('safe-changes.sh makes one ticket of two requests, and one change of two with the same If-Match', async () => {
  const lines = await linesOf('safe-changes.sh')
  const [, first, again] = lines[0]?.match(/ticket (\d+) and ticket (\d+)$/) ?? []
  expect(again).toBe(first)
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^Idempotency-Replayed: true/i),
    'another body under the key: idempotency_key_reused',
    'read version "1"',
    'changed to version 2',
    'the old version once more: version_mismatch, current_version 2',
  ])
  const { body } = await api.get(`/tickets/${first}`)
  expect(body.data).toMatchObject({ priority: 'high', version: 2 })
  expect((await api.get('/tickets?requester_email=gus@example.org')).body.total_count).toBe(1)
})

test('canned-response.sh fills a template, answers with it, and leaves none behind', async () => {
  const lines = await linesOf('canned-response.sh')
  const { data: agents } = (await api.get('/agents')).body
  const [{ id, reference }] = (await api.get('/tickets?requester_email=ida@example.org')).body.data
  const text = `Hello Ida,\n\n${reference} is with Support.\n\n${agents[0].name.split(' ')[0]}`
  const [, reply] = (await api.get(`/tickets/${id}/messages`)).body.data
  expect(reply.body_md).toBe(text)
  expect(lines.join('\n')).toBe(`missing: agent.first_name\n${text}\nanswered in message ${reply.id}\ndeleted: true`)
  expect((await api.get('/canned-responses')).body.data).toEqual([])
})

test('verify-audit.sh says that the chain is whole, and ends with 1 when an entry was changed', async () => {
  const lines = await linesOf('verify-audit.sh')
  expect(lines).toHaveLength(7)
  expect(lines[5]).toMatch(/^\d+ entries, head [0-9a-f]{64}$/)
  expect(lines[6]).toBe('the chain is whole')

  const sql = postgres(Object.assign(new URL(system.local.postgres_url), { pathname: '/audit' }).toString(), { max: 1 })
  await sql`update audit_log set actor_id = '99' where id = 3`
  await sql.end()
  const broken = await attempt('verify-audit.sh', [])
  expect(broken).toMatchObject({ code: 1, err: 'broken at entry 3\n' })
})

test.each(scripts)('%s tells what it does, what it lacks, and why it was refused', async (script) => {
  expect(await attempt(script, ['--help'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(new RegExp(`^[A-Z][^]*examples/rest/${script}`)),
  })
  expect(await attempt(script, [], { KEY: '' })).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Set URL and KEY/),
  })
  const refused = await attempt(script, [], { KEY: 'nonsense' })
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toContain('"code":"invalid_api_key"')
})
