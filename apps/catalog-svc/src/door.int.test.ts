import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CatalogServiceService, CreateTagRequest, ListTagsRequest, UpdateTagRequest } from '@helpdesk/proto/catalog'
import { connectGrpc } from '@helpdesk/service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callFor, startTestCatalog } from './testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const token = 'test-token-0123456789'

/** What a stranger with buf and nothing else sees. */
async function bufCurl(method: string, headers: Record<string, string> = {}, data = '{}') {
  const buf = join(import.meta.dirname, '../../../node_modules/.bin/buf')
  const url = `http://${catalog.address}${method && `/${method}`}`
  const args = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge']
  const all = [...args, ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])]
  const last = method ? ['-d', data, url] : ['--list-methods', url]
  return promisify(execFile)(buf, [...all, ...last]).then(
    ({ stdout }) => stdout,
    (error) => String(error.stderr || error.stdout),
  )
}

const good = { authorization: `Bearer ${token}`, 'x-tenant-id': '1', 'x-actor': 'api:17' }
const listTags = 'helpdesk.catalog.v1.CatalogService/ListTags'

test('reflection lists the methods without a token', async () => {
  expect(await bufCurl('')).toContain(listTags)
})

test('health answers without a token', async () => {
  expect(await bufCurl('grpc.health.v1.Health/Check')).toContain('SERVING')
})

test('a method answers with a token, a tenant and an actor', async () => {
  expect(JSON.parse(await bufCurl(listTags, good))).toEqual({})
})

test.each([
  ['no token', { ...good, authorization: '' }, 'unauthenticated'],
  ['a wrong token', { ...good, authorization: 'Bearer wrong' }, 'unauthenticated'],
  ['no tenant', { ...good, 'x-tenant-id': '' }, 'metadata.x-tenant-id'],
  ['a tenant that is no number', { ...good, 'x-tenant-id': '1 or 1=1' }, 'metadata.x-tenant-id'],
  ['an actor of an unknown kind', { ...good, 'x-actor': 'robot:1' }, 'metadata.x-actor'],
  ['an actor’s id beyond 2^53 - 1', { ...good, 'x-actor': 'agent:9007199254740993' }, 'metadata.x-actor'],
  ['an If-Match that is no version', { ...good, 'if-match': 'x' }, 'metadata.if-match'],
])('%s is refused', async (_what, headers, said) => {
  expect(await bufCurl(listTags, headers)).toContain(said)
})

test('an id beyond 2^53 - 1 is the caller’s mistake, not ours', async () => {
  const said = await bufCurl('helpdesk.catalog.v1.CatalogService/GetTag', good, '{"id": "9007199254740993"}')
  expect(said).toContain('invalid_argument')
})

const by = (kind: 'agent' | 'requester', id: number) => callFor(1, { actor: { kind, id: String(id) }, via: 'api:17' })
const named = (slug: string) => CreateTagRequest.fromPartial({ slug, name: slug })

test('who changes something must be somebody of the tenant', async () => {
  const error = { code: 'validation_failed', fields: [{ path: 'metadata.x-actor', code: 'not_found' }] }
  for (const nobody of [by('agent', 99), by('requester', 99), by('requester', 7)]) {
    await expect(catalog.client.createTag(named('nobody'), nobody)).rejects.toMatchObject(error)
  }
  const { id } = await catalog.client.createTag(named('ada'), by('agent', 7))
  await expect(catalog.client.deleteTag({ id }, by('agent', 99))).rejects.toMatchObject(error)
  await catalog.client.deleteTag({ id }, by('requester', 12))
  const changes = await catalog.sql<{ changed: string }[]>`
    select concat_ws(' ', event ->> 'type', event ->> 'actorkind', event ->> 'actorid', event ->> 'via') as changed
      from outbox where tenant_id = 1 order by id`
  expect(changes.map(({ changed }) => changed)).toEqual([
    'tag.created agent 7 api:17',
    'tag.deleted requester 12 api:17',
  ])
})

test('while tickets-svc is away only changes in a person’s name are refused', async () => {
  await using own = await startTestCatalog()
  await own.tickets[Symbol.asyncDispose]()
  const { id } = await own.client.createTag(named('key'), callFor(1))
  expect(await own.client.getTag({ id }, by('agent', 7))).toMatchObject({ slug: 'key' })
  await expect(own.client.deleteTag({ id }, by('agent', 7))).rejects.toMatchObject({ code: 'unavailable' })
})

test('a service that is away is told as unavailable', async () => {
  using client = connectGrpc(CatalogServiceService, { address: '127.0.0.1:1', token, deadlineMs: 2_000 })
  await expect(client.getTag({ id: 1 }, callFor(1))).rejects.toMatchObject({ code: 'unavailable' })
})

test('more calls than it can take are told that it is busy, and the others are answered', async () => {
  const calls = Array.from({ length: 500 }, () => catalog.client.listTags(ListTagsRequest.fromPartial({}), callFor(1)))
  const results = await Promise.allSettled(calls)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(500)
  for (const { reason } of refused)
    expect(reason).toMatchObject({ code: 'unavailable', message: expect.stringContaining('busy') })
})

test('a change whose caller no longer waits is not made', async () => {
  const { id } = await catalog.client.createTag(CreateTagRequest.fromPartial({ slug: 'held', name: 'T' }), callFor(3))
  using hasty = connectGrpc(CatalogServiceService, { address: catalog.address, token, deadlineMs: 500 })
  await catalog.sql.begin(async (tx) => {
    await tx`select 1 from tags where tenant_id = 3 and id = ${id} for update`
    const change = hasty.updateTag(UpdateTagRequest.fromPartial({ id, name: 'Late' }), callFor(3))
    await expect(change).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
  await expect(
    catalog.client.updateTag(UpdateTagRequest.fromPartial({ id, name: 'Next' }), callFor(3)),
  ).resolves.toEqual(expect.objectContaining({ name: 'Next', version: 2 }))
})

test('calls under way are answered when the service is told to stop', async () => {
  const own = await startTestCatalog()
  const calls = Array.from({ length: 20 }, (_, n) => own.client.createTag(named(`t-${n}`), callFor(1)))
  await calls[0]
  const stopped = own.service[Symbol.asyncDispose]()
  const results = await Promise.allSettled(calls)
  await stopped
  expect(results.map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'))
  await own[Symbol.asyncDispose]()
})
