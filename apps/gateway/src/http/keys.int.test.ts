import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Reply, startTestGateways, type TestGateway, type TestGateways } from '../testing/gateways.ts'

let shop: TestGateways
let both: TestGateway[]
beforeAll(async () => {
  shop = await startTestGateways(2, { BASE_DOMAIN: 'help.example.com' })
  both = shop.gateways
})
afterAll(() => shop[Symbol.asyncDispose]())

/** What each gateway answers to a key. A key is trusted for 30 s without the events, so patience is well below. */
const askBoth = (key: string, headers: Record<string, string> = {}): Promise<Reply[]> =>
  Promise.all(both.map(({ get }) => get('/tags', { Authorization: `Bearer ${key}`, ...headers })))
const patienceMs = 10_000

const statuses = async (key: string, headers?: Record<string, string>) =>
  (await askBoth(key, headers)).map(({ status }) => status)

test('a key that is revoked is refused by every gateway, those that have just seen it too', async () => {
  const tenant = await shop.tenant('revoking')
  const { id, key } = await shop.key(tenant)
  const other = await shop.key(tenant)
  expect(await statuses(key)).toEqual([200, 200])
  await shop.revoke(tenant, id)
  await vi.waitFor(async () => expect(await statuses(key)).toEqual([401, 401]), patienceMs)
  expect(await statuses(other.key)).toEqual([200, 200])
})

test('a key is good until it expires, and no longer', async () => {
  const expires_at = new Date(Date.now() + 3_000)
  const { key } = await shop.key(await shop.tenant('expiring'), { expires_at })
  const early = await statuses(key)
  if (Date.now() < expires_at.getTime()) expect(early).toEqual([200, 200])
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(expires_at.getTime()), patienceMs)
  for (const { status, body } of await askBoth(key)) expect([status, body.error.code]).toEqual([401, 'invalid_api_key'])
})

test('a key that had expired before it was first used is refused', async () => {
  const { key } = await shop.key(await shop.tenant('expired'), { expires_at: new Date(Date.now() - 1) })
  expect(await statuses(key)).toEqual([401, 401])
})

test('a tenant that goes to the plan starter is gated, and let in again when it comes back', async () => {
  const { key } = await shop.key(await shop.tenant('planning', { plan: 'pro' }))
  expect(await statuses(key)).toEqual([200, 200])
  await shop.changeTenant('planning', { plan: 'starter' })
  await vi.waitFor(async () => {
    for (const { status, body } of await askBoth(key)) {
      expect([status, body.error]).toMatchObject([
        403,
        { code: 'plan_gated', current_plan: 'starter', required_plan: 'pro' },
      ])
    }
  }, patienceMs)
  await shop.changeTenant('planning', { plan: 'creator_plus' })
  await vi.waitFor(async () => expect(await statuses(key)).toEqual([200, 200]), patienceMs)
})

test('the plan starter has no help desk, whatever the scope; the other plans have', async () => {
  for (const plan of ['pro', 'creator_plus', 'sovereign'] as const) {
    const { key } = await shop.key(await shop.tenant(`plan-${plan.replace('_', '-')}`, { plan }))
    expect(await statuses(key)).toEqual([200, 200])
  }
  const { key } = await shop.key(await shop.tenant('plan-starter', { plan: 'starter' }))
  expect(await statuses(key)).toEqual([403, 403])
})

test('a tenant’s host takes that tenant’s keys only; other hosts take every key', async () => {
  const { key } = await shop.key(await shop.tenant('acme'))
  const at = (Host: string) => statuses(key, { Host })
  expect(await at('acme.help.example.com')).toEqual([200, 200])
  expect(await at('ACME.Help.Example.com:8443')).toEqual([200, 200])
  for (const host of ['other.help.example.com', 'a.acme.help.example.com', '.help.example.com']) {
    expect(await at(host), host).toEqual([401, 401])
  }
  for (const host of ['help.example.com', 'acme.example.org', 'acmehelp.example.com', '127.0.0.1']) {
    expect(await at(host), host).toEqual([200, 200])
  }
})

test('a key for some origins serves browsers there, and programs, but no other site', async () => {
  const allowed_origins = ['https://shop.example.com', 'https://app.example.com']
  const { key } = await shop.key(await shop.tenant('origins'), { allowed_origins })
  expect(await statuses(key)).toEqual([200, 200])
  for (const origin of allowed_origins) {
    for (const { status, headers } of await askBoth(key, { Origin: origin })) {
      expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([200, origin, 'Origin'])
    }
  }
  for (const origin of [
    'https://evil.example.com',
    'http://shop.example.com',
    'https://shop.example.com:444',
    'null',
  ]) {
    for (const { status, headers, body } of await askBoth(key, { Origin: origin })) {
      expect([status, body.error.code]).toEqual([403, 'origin_not_allowed'])
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  }
})

test('a key without origins serves browsers everywhere', async () => {
  const { key } = await shop.key(await shop.tenant('everywhere'))
  for (const { status, headers } of await askBoth(key, { Origin: 'https://anywhere.example.org' })) {
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*'])
  }
})
