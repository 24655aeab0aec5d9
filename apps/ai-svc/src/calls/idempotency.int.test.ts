import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { callFor, startTestAi, type TestAi } from '../testing/ai.ts'
import { tenantsOf } from '../testing/tenants.ts'

let ai: TestAi
beforeAll(async () => {
  ai = await startTestAi()
})
beforeEach(() => ai.anthropic.reset())
afterAll(() => ai[Symbol.asyncDispose]())

const newTenant = tenantsOf(() => ai)
const under = (idempotencyKey: string) => ({ idempotencyKey })

test('a repeat under its key gets the same answer, says so, and costs nothing', async () => {
  const tenant = await newTenant()
  const first = await tenant.generate('Say sorry', under('k'))
  const spent = await tenant.spend()
  const onReplayed = vi.fn()
  expect(await tenant.generate('Say sorry', { ...under('k'), onReplayed })).toEqual(first)
  expect(onReplayed).toHaveBeenCalledOnce()
  expect(ai.anthropic.requests).toHaveLength(1)
  expect(await tenant.spend()).toEqual(spent)
  expect(await tenant.told(1)).toHaveLength(1)
})

test('an answer is replayed when its tenant may not ask any more', async () => {
  const tenant = await newTenant()
  const first = await tenant.generate('Say sorry', under('k'))
  await tenant.set({ enabled: false })
  expect(await tenant.generate('Say sorry', under('k'))).toEqual(first)
})

test('a key used with another request, or for another hook, is not taken for the same', async () => {
  const tenant = await newTenant()
  await tenant.generate('Say sorry', under('k'))
  const reused = tenant.generate('Say thanks', under('k'))
  await expect(reused).rejects.toMatchObject({ code: 'idempotency_key_reused' })
  const other = await ai.client.askAudit({ question: 'Who?' }, callFor(tenant.tenantId, under('k')))
  expect(other).toMatchObject({ error: 'provider_error' })
})

test('of many at once under one key one is asked; the others are told to wait, or hear its answer', async () => {
  const tenant = await newTenant()
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => tenant.generate('Say sorry', under('k'))))
  const answers = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code)
  expect(answers.length).toBeGreaterThan(0)
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['idempotency_in_progress'] : []))
  expect(ai.anthropic.requests).toHaveLength(1)
})

test('what failed on its way may be asked again under its key', async () => {
  const tenant = await newTenant({ enabled: false })
  expect(await tenant.generate('Say sorry', under('k'))).toMatchObject({ reason: 'feature_disabled' })
  await tenant.set({ enabled: true })
  ai.anthropic.script({ status: 400 })
  expect(await tenant.generate('Say sorry', under('k'))).toMatchObject({ reason: 'bad_request' })
  expect(await tenant.generate('Say sorry', under('k'))).toMatchObject({ ok: true })
})

test('what the model could not answer is not asked, and not paid for, again', async () => {
  const tenant = await newTenant()
  ai.anthropic.script({ text: 'No' }, { text: 'No' }, { text: '', stop_reason: 'refusal' })
  for (const [key, requests] of [
    ['malformed', 2],
    ['refused', 3],
  ] as const) {
    const first = await tenant.generate('Say sorry', under(key))
    expect(first.ok).toBe(false)
    expect(await tenant.generate('Say sorry', under(key))).toEqual(first)
    expect(ai.anthropic.requests).toHaveLength(requests)
  }
})

test('the key of a call whose process died is free again once its deadline has passed', async () => {
  const tenant = await newTenant()
  ai.anthropic.script('stall')
  const gone = new AbortController()
  const asked = tenant.generate('Say sorry', { ...under('k'), signal: gone.signal }).catch(() => {})
  await vi.waitFor(() => expect(ai.anthropic.requests).toHaveLength(1), 15_000)
  const waiting = tenant.generate('Say sorry', under('k'))
  await expect(waiting).rejects.toMatchObject({ code: 'idempotency_in_progress' })
  await ai.sql`update calls set expires_at = now() - interval '1 second' where tenant_id = ${tenant.tenantId}`
  expect(await tenant.generate('Say sorry', under('k'))).toMatchObject({ ok: true })
  gone.abort()
  await asked
  // The late end of the first call takes nothing from the second.
  expect(await tenant.told(2)).toHaveLength(2)
  const replayed = await tenant.generate('Say sorry', under('k'))
  expect(replayed).toMatchObject({ ok: true })
  expect(ai.anthropic.requests).toHaveLength(2)
})
