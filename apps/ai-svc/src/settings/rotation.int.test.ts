import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestAi, type TestAi } from '../testing/ai.ts'
import { masterKey } from '../testing/master-key.ts'
import { tenantsOf } from '../testing/tenants.ts'

let ai: TestAi
beforeAll(async () => {
  ai = await startTestAi()
})
afterAll(() => ai[Symbol.asyncDispose]())

const newTenant = tenantsOf(() => ai)

/** Another instance on the same database, with these masters. */
const restart = (...ids: string[]) =>
  startTestAi({ DATABASE_URL: ai.databaseUrl, AI_KEY_ENCRYPTION_KEY: ids.map(masterKey).join(',') })

test('keys are encrypted under a new master as soon as it is the first, and the old one can go', async () => {
  const tenant = await newTenant()
  const masterOf = async () => {
    const [row] = await ai.sql`select key_id from configs where tenant_id = ${tenant.tenantId}`
    return row?.key_id
  }
  expect(await masterOf()).toBe('test')
  {
    await using _rotating = await restart('new', 'test')
    await vi.waitFor(async () => expect(await masterOf()).toBe('new'), 15_000)
  }
  await using rotated = await restart('new')
  const asked = rotated.client.generateCannedResponse({ intent: 'Say sorry' }, callFor(tenant.tenantId))
  expect(await asked).toMatchObject({ ok: true })
})

test('a key that cannot be decrypted is none', async () => {
  const tenant = await newTenant({ monthly_cap_cents: 100 })
  await ai.sql`update configs set key_ciphertext = 'x' where tenant_id = ${tenant.tenantId}`
  const answer = await tenant.generate()
  expect(answer).toMatchObject({ ok: false, error: 'no_key', reason: null })
  expect(ai.anthropic.requests).toEqual([])
})
