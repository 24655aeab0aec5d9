import { expect, test } from 'vitest'
import { readAiConfig } from '../config.ts'
import { masterKey } from '../testing/master-key.ts'
import { costOf, modelPrices, worstCase } from './prices.ts'

const haiku = { input: 100, output: 500 }

test('a million tokens cost what the list says', () => {
  const prices = modelPrices('{}')
  expect(prices?.get('claude-haiku-4-5-20251001')).toEqual(haiku)
  expect(costOf(haiku, { prompt_tokens: 1e6, completion_tokens: 1e6 })).toBe(600 * 1e6)
})

test('the operator’s prices go before the list’s, and add to them', () => {
  const prices = modelPrices(
    '{"claude-haiku-4-5":{"input":90,"output":450},"claude-haiku-5-5":{"input":50,"output":250}}',
  )
  expect(prices?.get('claude-haiku-4-5')).toEqual({ input: 90, output: 450 })
  expect(prices?.get('claude-haiku-5-5')).toEqual({ input: 50, output: 250 })
  expect(prices?.get('claude-opus-5')).toEqual({ input: 500, output: 2500 })
})

test.each(['', '[]', '{"m":{}}', '{"m":{"input":1.5,"output":1}}', '{"m":{"input":-1,"output":1}}'])(
  '%j are no prices',
  (json) => {
    expect(modelPrices(json)).toBeUndefined()
  },
)

test('the worst case is never below a token for each byte and all the output', () => {
  const request = { max_tokens: 1_000, messages: [{ role: 'user', content: '👩‍👩‍👧'.repeat(100) }] }
  const bytes = Buffer.byteLength('👩‍👩‍👧'.repeat(100))
  expect(worstCase(haiku, request)).toBeGreaterThan(bytes * 100 + 1_000 * 500)
})

test('a master key or prices that are malformed stop the start, and are not shown', () => {
  const env = {
    DATABASE_URL: 'postgres://localhost/ai',
    NATS_URL: 'nats://localhost',
    GRPC_PORT: '1',
    HEALTH_PORT: '1',
    SERVICE_TOKENS: 'gateway:0123456789abcdef',
    TICKETS_ADDRESS: 'tickets',
    TICKETS_TOKEN: '0123456789abcdef',
    CATALOG_ADDRESS: 'catalog',
    CATALOG_TOKEN: '0123456789abcdef',
    AUDIT_ADDRESS: 'audit',
    AUDIT_TOKEN: '0123456789abcdef',
    AI_KEY_ENCRYPTION_KEY: masterKey('a'),
  }
  expect(readAiConfig(env)).toMatchObject({ HOOK_DEADLINE_MS: 60_000, AI_KEY_ENCRYPTION_KEY: { current: 'a' } })
  const secret = Buffer.alloc(31, 'secret').toString('base64')
  expect(() => readAiConfig({ ...env, AI_KEY_ENCRYPTION_KEY: secret })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(secret) }),
  )
  expect(() => readAiConfig({ ...env, AI_MODEL_PRICES: '{"m": 1}' })).toThrow('AI_MODEL_PRICES: Must be JSON like')
})
