import { setTimeout as sleep } from 'node:timers/promises'
import type { HookResponse } from '@helpdesk/proto/ai'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { startTestAi, type TestAi } from '../testing/ai.ts'
import { tenantsOf } from '../testing/tenants.ts'

let ai: TestAi
beforeAll(async () => {
  ai = await startTestAi({ HOOK_DEADLINE_MS: '30000' })
})
beforeEach(() => ai.anthropic.reset())
afterAll(() => ai[Symbol.asyncDispose]())

const newTenant = tenantsOf(() => ai)
const blocked = (reason: string) => ({ ok: false, error: 'gate_blocked', reason })
const isBlocked = (reason: string) => (answer: HookResponse) => answer.reason === reason

/** At the prices of the default model, in millionths of a cent. */
const charged = () =>
  ai.anthropic.requests.reduce(
    (sum, { usage }) => sum + (usage ? usage.input_tokens * 100 + usage.output_tokens * 500 : 0),
    0,
  )

test('with a cap of 100 cents no 200 calls at once ever pass it, and the bill is what Anthropic charged', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 100 })
  // A long intent, so that the worst case of 200 is far above the cap.
  const intent = 'x'.repeat(2_000)
  let most = 0
  let running = true
  const watch = (async () => {
    while (running) {
      const { cost, reserved } = await tenant.spend()
      most = Math.max(most, cost + reserved)
      await sleep(2)
    }
  })()
  const answers = await Promise.all(Array.from({ length: 200 }, () => tenant.generate(intent)))
  running = false
  await watch
  const answered = answers.filter(({ ok }) => ok).length
  expect(answers.filter(isBlocked('spend_cap'))).toHaveLength(200 - answered)
  expect(ai.anthropic.requests).toHaveLength(answered)
  expect(answered).toBeGreaterThan(10)
  expect(answered).toBeLessThan(200)
  expect(most).toBeLessThanOrEqual(100e6)
  expect(most).toBeGreaterThan(90e6)
  expect(await tenant.spend()).toEqual({ cost: charged(), reserved: 0 })
  const { days, month } = await tenant.usage()
  expect(days).toMatchObject([{ calls: 200, failures: 200 - answered, cost_cents: charged() / 1e6 }])
  expect(month).toEqual({ cost_cents: charged() / 1e6, reserved_cents: 0, cap_cents: 100 })
  const events = await tenant.told(200)
  expect(events.filter(({ reason }) => reason === 'spend_cap')).toHaveLength(200 - answered)
})

test('a cap of nothing lets nothing through', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 0 })
  expect(await tenant.generate()).toMatchObject(blocked('spend_cap'))
  expect(ai.anthropic.requests).toEqual([])
})

test('a cap that is set lower holds for what comes after, and one that is taken away holds nothing', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 100 })
  expect(await tenant.generate()).toMatchObject({ ok: true })
  await tenant.set({ monthly_cap_cents: 0 })
  expect(await tenant.generate()).toMatchObject(blocked('spend_cap'))
  await tenant.set({ update_mask: ['monthly_cap_cents'] })
  expect(await tenant.generate()).toMatchObject({ ok: true })
})

test('a retry that could pass the cap is not made', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 2 })
  ai.anthropic.respond = () => ({ status: 500 })
  expect(await tenant.generate()).toMatchObject(blocked('spend_cap'))
  expect(ai.anthropic.requests).toHaveLength(1)
})

test('of many calls at once an API key may make as many a day as it is allowed, and another key its own', async () => {
  const tenant = await newTenant({ rate_per_key_per_day: 5 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => tenant.generate()))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(5)
  expect(answers.filter(isBlocked('rate_limit'))).toHaveLength(15)
  expect(ai.anthropic.requests).toHaveLength(5)
  expect((await tenant.spend()).reserved).toBe(0)
  const other = { actor: { kind: 'agent', id: '7' }, via: 'api:18' } as const
  // Nobody can say whether agent 7 is there, so it is another key's own call that counts.
  expect(await tenant.generate('Say sorry', other)).toMatchObject({ reason: 'unavailable' })
  const key18 = { actor: { kind: 'api', id: '18' } } as const
  expect(await tenant.generate('Say sorry', key18)).toMatchObject({ ok: true })
})

test('calls that the gate stopped do not count to the day', async () => {
  const tenant = await newTenant({ rate_per_key_per_day: 1, monthly_cap_cents: 0 })
  for (let n = 0; n < 3; n++) expect(await tenant.generate()).toMatchObject(blocked('spend_cap'))
  await tenant.set({ monthly_cap_cents: 100 })
  expect(await tenant.generate()).toMatchObject({ ok: true })
  expect(await tenant.generate()).toMatchObject(blocked('rate_limit'))
})

test('the gate says the first of several reasons, and each is told to subscribers', async () => {
  const tenant = await newTenant({ enabled: false, monthly_cap_cents: 0, rate_per_key_per_day: 0 })
  await tenant.set({ update_mask: ['api_key'] })
  const steps: [string, Parameters<typeof tenant.set>[0]][] = [
    ['feature_disabled', { enabled: true, features: { 'canned-generate': false } }],
    ['feature_disabled', { update_mask: ['features'] }],
    ['no_key', { api_key: 'sk-ant-api03-test-key-0123456789-3fQA' }],
    ['spend_cap', { update_mask: ['monthly_cap_cents'] }],
    ['rate_limit', { update_mask: ['rate_per_key_per_day'] }],
  ]
  for (const [reason, next] of steps) {
    expect(await tenant.generate()).toMatchObject(blocked(reason))
    await tenant.set(next)
  }
  expect(await tenant.generate()).toMatchObject({ ok: true })
  expect(ai.anthropic.requests).toHaveLength(1)
  const told = await tenant.told(6)
  expect(told.map(({ error, reason }) => error && `${error} ${reason}`)).toEqual([
    ...steps.map(([reason]) => `gate_blocked ${reason}`),
    null,
  ])
  expect(told[0]).toMatchObject({ model: null, prompt_version: null, attempts: 0, cost_cents: 0 })
})

test('what is held back for a call under way shows, and counts against the cap', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 2 })
  ai.anthropic.script('stall')
  const gone = new AbortController()
  const asked = tenant.generate('Say sorry', { signal: gone.signal }).catch(() => {})
  await vi.waitFor(() => expect(ai.anthropic.requests).toHaveLength(1), 15_000)
  const { month } = await tenant.usage()
  expect(month).toMatchObject({ cost_cents: 0, cap_cents: 2 })
  expect(month?.reserved_cents).toBeGreaterThan(0.5)
  expect(await tenant.generate()).toMatchObject(blocked('spend_cap'))
  gone.abort()
  await asked
})
