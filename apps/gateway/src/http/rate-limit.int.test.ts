import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { findProgram } from '../../../../tools/test/programs.ts'
import { startTestGateways, type TestGateway, type TestGateways } from '../testing/gateways.ts'
import { prepareRedis } from '../testing/redis-server.ts'

let alone: TestGateways
beforeAll(async () => {
  alone = await startTestGateways(1, { RATE_LIMIT_PER_MINUTE: '70' })
})
afterAll(() => alone[Symbol.asyncDispose]())

const ask = (gateway: TestGateway | undefined, key: string) =>
  (gateway as TestGateway).get('/tags', { Authorization: `Bearer ${key}` })

/** How many requests the key has left after one more. */
async function remaining(gateway: TestGateway | undefined, key: string): Promise<number> {
  const { status, headers } = await ask(gateway, key)
  expect(status).toBe(200)
  return Number(headers['x-ratelimit-remaining'])
}

test('a key’s limit is its own, else its tenant’s, else the platform’s', async () => {
  const [gateway] = alone.gateways
  const limitOf = async (key: string) => (await ask(gateway, key)).headers['x-ratelimit-limit']
  const tenant = await alone.tenant('limits')
  const plain = await alone.key(tenant)
  expect(await limitOf(plain.key)).toBe('70')
  await alone.changeTenant('limits', { rate_limit_per_minute: 80 })
  await vi.waitFor(async () => expect(await limitOf(plain.key)).toBe('80'), 5_000)
  const own = await alone.key(tenant, { rate_limit_per_minute: 90 })
  expect(await limitOf(own.key)).toBe('90')
})

test('past its limit a key is refused and told when to come back; other keys are not', async () => {
  const [gateway] = alone.gateways
  const tenant = await alone.tenant('past')
  const { key } = await alone.key(tenant, { rate_limit_per_minute: 3 })
  const other = await alone.key(tenant)
  for (const left of [2, 1, 0]) expect(await remaining(gateway, key)).toBe(left)
  const { status, headers, body } = await ask(gateway, key)
  expect([status, body.error.code, body.error.retryable]).toEqual([429, 'rate_limited', true])
  expect(headers).toMatchObject({ 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': '0' })
  const seconds = Number(headers['retry-after'])
  expect(seconds).toBeGreaterThan(30)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(Math.abs(Number(headers['x-ratelimit-reset']) - Date.now() / 1000 - seconds)).toBeLessThan(3)
  expect(await remaining(gateway, other.key)).toBe(69)
})

const binary = findProgram('redis-server')

/** Two gateways that share a server, which is started unless it is said that it is not. */
async function startSharing({ redisIsThere = true } = {}) {
  const redis = await prepareRedis(binary ?? '')
  onTestFinished(() => redis[Symbol.asyncDispose]())
  if (redisIsThere) await redis.start()
  const shared = await startTestGateways(2, { RATE_LIMIT_REDIS_URL: redis.url })
  onTestFinished(() => shared[Symbol.asyncDispose]())
  const { key } = await shared.key(await shared.tenant('sharing'), { rate_limit_per_minute: 100 })
  const [one, two] = shared.gateways
  /** Until a request to one counts at the other. */
  const countTogether = () =>
    vi.waitFor(async () => expect((await remaining(one, key)) - (await remaining(two, key))).toBe(1), 20_000)
  return { redis, shared, key, one, two, countTogether }
}

test.skipIf(!binary)('gateways that share a Redis server count together', async () => {
  const { shared, one, two } = await startSharing()
  const { key } = await shared.key(await shared.tenant('together'), { rate_limit_per_minute: 6 })
  const left = []
  for (const gateway of [one, two, one, two, two, one]) left.push(await remaining(gateway, key))
  expect(left).toEqual([5, 4, 3, 2, 1, 0])
  for (const gateway of [one, two]) {
    const { status, headers } = await ask(gateway, key)
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
  }
})

test.skipIf(!binary)(
  'while the server is stopped each counts for itself; when it is back they count together',
  async () => {
    const { redis, key, one, two, countTogether } = await startSharing()
    await countTogether()
    await redis.stop()
    expect(await remaining(one, key)).toBe(99)
    expect(await remaining(one, key)).toBe(98)
    expect(await remaining(two, key)).toBe(99)
    await redis.start()
    await countTogether()
  },
)

test.skipIf(!binary)('a server that hangs holds no request up for long', async () => {
  const { redis, key, one, countTogether } = await startSharing()
  await countTogether()
  redis.freeze()
  for (let n = 0; n < 3; n++) {
    const began = performance.now()
    await remaining(one, key)
    expect(performance.now() - began).toBeLessThan(3_000)
  }
  redis.thaw()
  await countTogether()
})

test.skipIf(!binary)('gateways start without the server, and count together once it is there', async () => {
  const { redis, key, one, two, countTogether } = await startSharing({ redisIsThere: false })
  expect(await remaining(one, key)).toBe(99)
  expect(await remaining(two, key)).toBe(99)
  await redis.start()
  await countTogether()
})
