import type { HookResponse } from '@helpdesk/proto/ai'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { StandInAnswer } from '../../../tools/anthropic/stand-in.ts'
import { callFor, startTestAi, type TestAi } from './testing/ai.ts'
import { tenantsOf, testKey } from './testing/tenants.ts'

let ai: TestAi
beforeAll(async () => {
  ai = await startTestAi({ HOOK_DEADLINE_MS: '4000' })
})
beforeEach(() => ai.anthropic.reset())
afterAll(() => ai[Symbol.asyncDispose]())

const newTenant = tenantsOf(() => ai)

const usage = { input_tokens: 300, output_tokens: 70 }
/** 300 tokens at 100 and 70 at 500 cents a million. */
const cents = 0.065
const good: StandInAnswer = { output: { text: 'Hello {{requester.first_name}}' }, usage }

test('an answer comes with what it used, and its event with what it cost, without a word of it', async () => {
  const tenant = await newTenant()
  ai.anthropic.script(good)
  expect(await tenant.generate('Secret intent')).toMatchObject({
    ok: true,
    text: 'Hello {{requester.first_name}}',
    usage: { prompt_tokens: 300, completion_tokens: 70, model: 'claude-haiku-4-5-20251001' },
  })
  expect(ai.anthropic.requests).toMatchObject([{ apiKey: testKey }])
  const [event] = await tenant.told(1)
  expect(event).toEqual({
    call_id: expect.stringMatching(/^aic_[0-9A-Z]{26}$/),
    hook: 'canned-generate',
    ticket_id: null,
    model: 'claude-haiku-4-5-20251001',
    prompt_version: expect.stringMatching(/^canned-generate@\d+$/),
    attempts: 1,
    prompt_tokens: 300,
    completion_tokens: 70,
    cost_cents: cents,
    duration_ms: expect.any(Number),
    error: null,
    reason: null,
  })
  expect(JSON.stringify(event)).not.toMatch(/Secret|Hello|sk-ant/)
  expect(await tenant.usage()).toMatchObject({
    days: [{ hook: 'canned-generate', calls: 1, failures: 0, prompt_tokens: 300, cost_cents: cents }],
    month: { cost_cents: cents, reserved_cents: 0 },
  })
})

test('a hook uses its own model, at that model’s price', async () => {
  const tenant = await newTenant({ feature_models: { 'canned-generate': 'claude-opus-5' } })
  ai.anthropic.script(good)
  expect(await tenant.generate()).toMatchObject({ usage: { model: 'claude-opus-5' } })
  expect(ai.anthropic.requests).toMatchObject([{ body: { model: 'claude-opus-5' } }])
  expect((await tenant.usage()).month).toMatchObject({ cost_cents: 5 * cents })
})

const providerError = (reason: string) => ({ ok: false, error: 'provider_error', reason })
const keyRejected = { ok: false, error: 'no_key', reason: 'key_rejected' }

/** What each failure is told as, after how many attempts, and what is known of its cost. */
const failures: [string, StandInAnswer, Partial<HookResponse>, number, 'free' | 'worst case' | 'counted'][] = [
  ['a bad request', { status: 400 }, providerError('bad_request'), 1, 'free'],
  ['a refused key', { status: 401 }, keyRejected, 1, 'free'],
  ['a forbidden key', { status: 403 }, keyRejected, 1, 'free'],
  ['an unknown model', { status: 404 }, providerError('bad_request'), 1, 'free'],
  ['too many requests', { status: 429 }, providerError('rate_limited'), 3, 'free'],
  ['an overloaded API', { status: 529 }, providerError('overloaded'), 3, 'free'],
  ['a broken API', { status: 500 }, providerError('unavailable'), 3, 'worst case'],
  ['a stall', 'stall', providerError('timeout'), 1, 'worst case'],
  ['a cut connection', 'cut', providerError('network'), 3, 'worst case'],
  ['an answer cut in the middle', 'cut in the body', providerError('network'), 3, 'worst case'],
  ['a refusal', { text: '', stop_reason: 'refusal', usage }, providerError('refused'), 1, 'counted'],
  ['prose instead of JSON', { text: 'Sure! Here it is.', usage }, { error: 'malformed_json' }, 2, 'counted'],
  ['JSON of another shape', { output: { words: 1 }, usage }, { error: 'malformed_json' }, 2, 'counted'],
  [
    'half an answer',
    { text: '{"text": "He', stop_reason: 'max_tokens', usage },
    { error: 'malformed_json' },
    2,
    'counted',
  ],
]

test.each(failures)('%s is told, and what it cost is on the bill', async (_what, answer, told, attempts, cost) => {
  const tenant = await newTenant()
  ai.anthropic.respond = () => answer
  const began = performance.now()
  expect(await tenant.generate()).toMatchObject({ ok: false, usage: null, ...told })
  expect(performance.now() - began).toBeLessThan(6_000)
  expect(ai.anthropic.requests).toHaveLength(attempts)
  const [event] = await tenant.told(1)
  expect(event).toMatchObject({ error: told.error, reason: told.reason ?? null, attempts })
  const { cost: spent, reserved } = await tenant.spend()
  expect(reserved).toBe(0)
  const [row] = await ai.sql<[{ held: number }]>`
    select sum(reserved) as held from attempts where tenant_id = ${tenant.tenantId}`
  const known = { free: 0, counted: attempts * cents * 1e6, 'worst case': Number(row.held) }
  expect(spent).toBe(known[cost])
  expect(event?.cost_cents).toBe(spent / 1e6)
})

test('what passes is tried again, each attempt on the bill', async () => {
  const tenant = await newTenant()
  ai.anthropic.script({ status: 529 }, { status: 429, headers: { 'retry-after': '1' } }, good)
  expect(await tenant.generate()).toMatchObject({ ok: true, usage: { prompt_tokens: 300, completion_tokens: 70 } })
  expect(await tenant.told(1)).toMatchObject([{ attempts: 3, cost_cents: cents }])
})

test('a wait that is longer than the deadline is not waited for', async () => {
  const tenant = await newTenant()
  ai.anthropic.script({ status: 429, headers: { 'retry-after': '60' } })
  const began = performance.now()
  expect(await tenant.generate()).toMatchObject(providerError('rate_limited'))
  expect(performance.now() - began).toBeLessThan(3_000)
  expect(ai.anthropic.requests).toHaveLength(1)
})

test('an answer of the wrong shape is repaired once, with what was wrong, and both are paid for', async () => {
  const tenant = await newTenant()
  ai.anthropic.script({ output: { words: 1 }, usage }, good)
  const answer = await tenant.generate()
  expect(answer).toMatchObject({ ok: true, usage: { prompt_tokens: 600, completion_tokens: 140 } })
  const [first, second] = ai.anthropic.requests.map(({ body }) => body)
  expect(second?.messages).toMatchObject([
    ...(first?.messages ?? []),
    { role: 'assistant', content: '{"words":1}' },
    { role: 'user', content: expect.stringContaining('text') },
  ])
  expect((await tenant.usage()).month).toMatchObject({ cost_cents: 2 * cents })
})

test('when the caller goes away the request to Anthropic ends, and stays spent at its worst case', async () => {
  const tenant = await newTenant()
  ai.anthropic.script('stall')
  const gone = new AbortController()
  const asked = tenant.generate('Say sorry', { signal: gone.signal }).catch((error) => error)
  await vi.waitFor(() => expect(ai.anthropic.requests).toHaveLength(1), 15_000)
  const { reserved } = await tenant.spend()
  expect(reserved).toBeGreaterThan(0)
  gone.abort()
  expect(await asked).toMatchObject({ code: 'unavailable' })
  expect(await tenant.told(1)).toMatchObject([{ error: 'provider_error', reason: 'timeout' }])
  expect(await tenant.spend()).toEqual({ cost: reserved, reserved: 0 })
})

test('a call whose process died is ended by those that live, at its worst case', async () => {
  // Longer than the 5 s between two looks for such calls.
  await using own = await startTestAi({ HOOK_DEADLINE_MS: '15000' })
  const tenant = await tenantsOf(() => own)()
  own.anthropic.script('stall')
  const asked = tenant.generate()
  await vi.waitFor(() => expect(own.anthropic.requests).toHaveLength(1), 15_000)
  const { reserved } = await tenant.spend()
  await own.sql`update calls set expires_at = now() - interval '1 second' where tenant_id = ${tenant.tenantId}`
  expect(await tenant.told(1)).toMatchObject([
    { error: 'provider_error', reason: 'unavailable', model: 'claude-haiku-4-5-20251001', attempts: 1 },
  ])
  // The process was alive after all: what it says now changes nothing.
  expect(await asked).toMatchObject(providerError('timeout'))
  expect(await tenant.spend()).toEqual({ cost: reserved, reserved: 0 })
  expect(await tenant.told(1)).toHaveLength(1)
})

test('while the services that hold the tickets are away there is no answer, and nothing is asked or paid', async () => {
  const { tenantId, spend } = await newTenant()
  const ticket = { ticket_id: 1 }
  expect(await ai.client.summarizeTicket(ticket, callFor(tenantId))).toMatchObject(providerError('unavailable'))
  expect(await ai.client.categorizeTicket(ticket, callFor(tenantId))).toMatchObject(providerError('unavailable'))
  expect(ai.anthropic.requests).toEqual([])
  expect(await spend()).toEqual({ cost: 0, reserved: 0 })
})

test('told to stop, the service ends its calls with Anthropic, and they stay on the bill', async () => {
  const own = await startTestAi({ HOOK_DEADLINE_MS: '60000' })
  const tenant = await tenantsOf(() => own)()
  own.anthropic.script('stall')
  const asked = tenant.generate().catch((error) => error)
  await vi.waitFor(() => expect(own.anthropic.requests).toHaveLength(1), 15_000)
  const { reserved } = await tenant.spend()
  await own.service[Symbol.asyncDispose]()
  expect(await asked).toMatchObject({ code: 'unavailable' })
  expect(await tenant.spend()).toEqual({ cost: reserved, reserved: 0 })
  const [call] = await own.sql`select error, reason, ended_at from calls where tenant_id = ${tenant.tenantId}`
  expect(call).toMatchObject({ error: 'provider_error', reason: 'timeout', ended_at: expect.any(Date) })
  await own[Symbol.asyncDispose]()
})
