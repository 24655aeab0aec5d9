import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type RunningNats, startNatsServer } from '../../../tools/backend/nats-server.ts'
import { freePort } from '../../../tools/backend/processes.ts'
import { cacheFolder } from '../../../tools/stack/local-file.ts'
import { type Client, clientOf, type System, startSystem } from './system.ts'

let system: System
let api: Client
let nats: RunningNats
const folder = mkdtempSync(join(tmpdir(), 'helpdesk-nats-'))
let port: number

beforeAll(async () => {
  port = await freePort()
  nats = await startNatsServer({ folder, port, cache: cacheFolder })
  system = await startSystem({ env: { NATS_URL: nats.url } })
  api = clientOf(system.local)
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  await nats.stop()
  rmSync(folder, { recursive: true, force: true })
})

const readiness = async (name: string) => (await fetch(`${system.local.health[name]}/readyz`)).json()

/** The slugs of the tags whose making the audit log knows, oldest first. */
async function audited(): Promise<string[]> {
  const { body } = await api.get('/audit?event_key=tag.created&limit=200')
  return body.data.map((entry: { data: { slug: string } }) => entry.data.slug).reverse()
}

test('while NATS is stopped changes are accepted; when it is back their events arrive, once each and in order', async () => {
  await api.post('/tags', { slug: 'before', name: 'Before' })
  await vi.waitFor(async () => expect(await audited()).toContain('before'), 5_000)

  await nats.stop()
  await vi.waitFor(async () => expect(await readiness('catalog-svc')).toMatchObject({ status: 'degraded' }), 10_000)
  const slugs = Array.from({ length: 10 }, (_, index) => `during-${index}`)
  for (const slug of slugs) expect((await api.post('/tags', { slug, name: slug })).status).toBe(201)
  const ready = await fetch(`${system.local.gateway_url}/readyz`)
  expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'degraded', checks: { nats: 'away' } }])
  const metrics = await (await fetch(`${system.local.health['catalog-svc']}/metrics`)).text()
  expect(metrics).toMatch(/^outbox_unpublished 10$/m)

  nats = await startNatsServer({ folder, port, cache: cacheFolder })
  await vi.waitFor(async () => expect((await audited()).slice(-10)).toEqual(slugs), 20_000)
  await vi.waitFor(async () => expect(await readiness('catalog-svc')).toMatchObject({ status: 'ready' }), 10_000)
  const all = await audited()
  expect(new Set(all).size).toBe(all.length)
  expect((await api.get('/audit/verify')).body.data).toMatchObject({ ok: true })
})

test('a NATS server that lost its data gets a new stream, and the audit log goes on', async () => {
  await nats.stop()
  rmSync(join(folder, 'jetstream'), { recursive: true })
  nats = await startNatsServer({ folder, port, cache: cacheFolder })
  await api.post('/tags', { slug: 'after-loss', name: 'After' })
  await vi.waitFor(async () => expect((await audited()).at(-1)).toBe('after-loss'), 20_000)
  expect((await api.get('/audit/verify')).body.data).toMatchObject({ ok: true })
})
