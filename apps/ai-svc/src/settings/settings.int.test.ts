import { readStream } from '@helpdesk/events/testing'
import { AiServiceService, UpdateConfigRequest } from '@helpdesk/proto/ai'
import { connectGrpc } from '@helpdesk/service'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { callFor, startTestAi, type TestAi } from '../testing/ai.ts'

let ai: TestAi
beforeAll(async () => {
  ai = await startTestAi()
})
beforeEach(() => ai.anthropic.reset())
afterAll(() => ai[Symbol.asyncDispose]())

const key = 'sk-ant-api03-test-key-0123456789-3fQA'
const read = (tenantId: number) => ai.client.getConfig({}, callFor(tenantId))
const change = (tenantId: number, wanted: Partial<UpdateConfigRequest>, more = {}) =>
  ai.client.updateConfig(UpdateConfigRequest.fromPartial(wanted), callFor(tenantId, more))
const usageOf = async (tenantId: number) => ai.client.getUsage({}, callFor(tenantId))

const defaults = {
  enabled: true,
  key_hint: null,
  default_model: 'claude-haiku-4-5-20251001',
  feature_models: {},
  features: {},
  monthly_cap_cents: null,
  rate_per_key_per_day: null,
  version: 0,
}

test('a tenant that has set nothing has everything on, and no key', async () => {
  expect(await read(1)).toMatchObject(defaults)
})

test('a change keeps what it does not name, and is told to subscribers', async () => {
  const first = { monthly_cap_cents: 500, features: { summary: false }, feature_models: { sentiment: 'claude-opus-5' } }
  await change(2, first)
  const second = await change(2, { rate_per_key_per_day: 20, enabled: false })
  expect(second).toMatchObject({ ...first, rate_per_key_per_day: 20, enabled: false, version: 2 })
  expect(await read(2)).toEqual(second)
  expect(await read(3)).toMatchObject(defaults)
  await vi.waitFor(async () => {
    const events = (await readStream(ai.natsUrl)).filter(({ tenantid }) => tenantid === 2)
    expect(events).toMatchObject([
      { type: 'ai.config_updated', subject: 'ai/config', data: { changes: { monthly_cap_cents: [null, 500] } } },
      { actorkind: 'api', actorid: '17', data: { changes: { enabled: [true, false] }, version: 2 } },
    ])
  }, 15_000)
})

test('what is named in the mask but not set goes back to its default', async () => {
  await change(4, {
    enabled: false,
    monthly_cap_cents: 0,
    default_model: 'claude-opus-5',
    features: { summary: false },
  })
  const update_mask = ['enabled', 'monthly_cap_cents', 'default_model', 'features']
  expect(await change(4, { update_mask })).toMatchObject({ ...defaults, version: 2 })
})

test('a change that changes nothing makes no version', async () => {
  expect(await change(5, { enabled: true, update_mask: ['enabled'] })).toMatchObject({ version: 0 })
  await change(5, { monthly_cap_cents: 1 })
  expect(await change(5, { monthly_cap_cents: 1 })).toMatchObject({ version: 1 })
})

test('a change of another version than the caller saw is refused', async () => {
  await change(6, { monthly_cap_cents: 1 }, { ifMatch: 0 })
  await expect(change(6, { monthly_cap_cents: 2 }, { ifMatch: 0 })).rejects.toMatchObject({
    code: 'version_mismatch',
    details: { current_version: 1 },
  })
})

test('a model without a price is refused when it is set', async () => {
  const unknown = { default_model: 'claude-2', feature_models: { summary: 'gpt-4' } }
  await expect(change(7, unknown)).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [
      { path: 'default_model', code: 'unknown_model', message: expect.stringContaining('claude-haiku-4-5-20251001') },
      { path: 'feature_models.summary', code: 'unknown_model' },
    ],
  })
})

test.each([
  ['a cap below nothing', { monthly_cap_cents: -1 }, 'monthly_cap_cents'],
  ['a limit below nothing', { rate_per_key_per_day: -1 }, 'rate_per_key_per_day'],
  ['a switch of a hook that is none', { features: { weather: true } }, 'features.weather'],
  ['a model of a hook that is none', { feature_models: { weather: 'claude-opus-5' } }, 'feature_models.weather'],
  ['a short key', { api_key: 'sk-ant' }, 'api_key'],
  ['a key with a line break', { api_key: `${key}\n` }, 'api_key'],
  ['a field that is none', { update_mask: ['key_hint'] }, 'key_hint'],
])('%s is refused', async (_what, wanted, path) => {
  const refused = change(8, wanted as Partial<UpdateConfigRequest>)
  await expect(refused).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path }] })
})

test('of a key only its end is ever shown, and the database holds it encrypted', async () => {
  expect(await change(9, { api_key: key })).toMatchObject({ key_hint: '…3fQA', version: 1 })
  const [row] = await ai.sql`select key_id, key_ciphertext from configs where tenant_id = 9`
  expect(row?.key_id).toBe('test')
  expect(row?.key_ciphertext.includes(key)).toBe(false)
  const event = await vi.waitFor(async () => {
    const found = (await readStream(ai.natsUrl)).find(({ tenantid }) => tenantid === 9)
    expect(found).toBeDefined()
    return found
  }, 15_000)
  expect(event?.data).toEqual({ changes: { key_hint: [null, '…3fQA'] }, version: 1 })
})

test('the key is taken away when the mask names it without one', async () => {
  await change(10, { api_key: key })
  expect(await change(10, { update_mask: ['api_key'] })).toMatchObject({ key_hint: null, version: 2 })
  const [row] = await ai.sql`select key_id, key_nonce, key_ciphertext, key_tag from configs where tenant_id = 10`
  expect(row).toEqual({ key_id: null, key_nonce: null, key_ciphertext: null, key_tag: null })
})

test('a key that Anthropic takes is set after one call, which is on the bill', async () => {
  ai.anthropic.script({ text: 'y', stop_reason: 'max_tokens', usage: { input_tokens: 20, output_tokens: 1 } })
  expect(await change(11, { api_key: key, verify_key: true })).toMatchObject({ key_hint: '…3fQA', version: 1 })
  expect(ai.anthropic.requests).toMatchObject([{ apiKey: key, body: { max_tokens: 1 } }])
  // 20 and 1 tokens at 100 and 500 cents a million.
  expect(await usageOf(11)).toMatchObject({
    days: [{ hook: 'verify-key', calls: 1, failures: 0, prompt_tokens: 20, completion_tokens: 1, cost_cents: 0.0025 }],
    month: { cost_cents: 0.0025, reserved_cents: 0 },
  })
})

test('a repeat under its idempotency key verifies nothing again', async () => {
  const wanted = { api_key: key, verify_key: true }
  const first = await change(12, wanted, { idempotencyKey: 'k' })
  const onReplayed = vi.fn()
  expect(await change(12, wanted, { idempotencyKey: 'k', onReplayed })).toEqual(first)
  expect(onReplayed).toHaveBeenCalledOnce()
  expect(ai.anthropic.requests).toHaveLength(1)
})

test('a key that Anthropic refuses is not set', async () => {
  ai.anthropic.script({ status: 401 })
  await expect(change(13, { api_key: key, verify_key: true })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'api_key', code: 'key_rejected' }],
  })
  expect(await read(13)).toMatchObject({ key_hint: null, version: 0 })
  expect(await usageOf(13)).toMatchObject({
    days: [{ hook: 'verify-key', calls: 1, failures: 1, cost_cents: 0 }],
    month: { cost_cents: 0, reserved_cents: 0 },
  })
})

test('while nobody can tell whether a key is good, it is not set', async () => {
  ai.anthropic.script({ status: 529 })
  await expect(change(14, { api_key: key, verify_key: true })).rejects.toMatchObject({ code: 'unavailable' })
  expect(await read(14)).toMatchObject({ version: 0 })
})

test('a change that would be refused asks Anthropic nothing', async () => {
  await change(15, { monthly_cap_cents: 0 })
  await expect(change(15, { api_key: key, verify_key: true }, { ifMatch: 0 })).rejects.toMatchObject({
    code: 'version_mismatch',
  })
  await expect(change(15, { api_key: key, verify_key: true })).rejects.toMatchObject({ code: 'conflict' })
  expect(ai.anthropic.requests).toEqual([])
})

test('a caller without a service token reads no settings', async () => {
  using stranger = connectGrpc(AiServiceService, { address: ai.address, token: 'wrong', deadlineMs: 10_000 })
  await expect(stranger.getConfig({}, callFor(1))).rejects.toMatchObject({ code: 'invalid_service_token' })
})
