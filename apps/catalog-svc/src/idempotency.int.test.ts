import { readStream } from '@helpdesk/events/testing'
import { CreateCannedResponseRequest, CreateTagRequest, UpdateTagRequest } from '@helpdesk/proto/catalog'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestCatalog } from './testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const named = (slug: string) => CreateTagRequest.fromPartial({ slug, name: slug })
const tagsOf = async (tenantId: number) => {
  const [row] = await catalog.sql<[{ count: number }]>`select count(*) from tags where tenant_id = ${tenantId}`
  return row.count
}

test('a repeated key answers what it answered before, and says so', async () => {
  const onReplayed = vi.fn()
  const call = callFor(1, { idempotencyKey: 'k', onReplayed })
  const first = await catalog.client.createTag(named('once'), call)
  expect(onReplayed).not.toHaveBeenCalled()
  const second = await catalog.client.createTag(named('once'), call)
  expect(second).toEqual(first)
  expect(onReplayed).toHaveBeenCalledOnce()
  expect(await tagsOf(1)).toBe(1)
})

test('the answer is replayed even after the state has moved on', async () => {
  const call = callFor(2, { idempotencyKey: 'k' })
  const tag = await catalog.client.createTag(named('first'), call)
  await catalog.client.deleteTag({ id: tag.id }, callFor(2))
  expect(await catalog.client.createTag(named('first'), call)).toEqual(tag)
  expect(await tagsOf(2)).toBe(0)
})

test('the answer is replayed even while what the request names cannot be asked for', async () => {
  await using own = await startTestCatalog()
  const response = { slug: 'once', title: 'Once', body_md: 'Text', queue_id: 3 }
  const pref = { scope: 'agent', scope_id: 7, event_key: 'ticket.moved', channel: 'email', enabled: false }
  const change = (idempotencyKey: string) => [
    own.client.createCannedResponse(CreateCannedResponseRequest.fromPartial(response), callFor(10, { idempotencyKey })),
    own.client.setNotificationPref(pref, callFor(10, { idempotencyKey })),
  ]
  const first = await Promise.all(change('k'))
  await own.tickets[Symbol.asyncDispose]()
  for (const refused of await Promise.allSettled(change('other'))) {
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  }
  expect(await Promise.all(change('k'))).toEqual(first)
})

test('a key used with another request is refused', async () => {
  const call = callFor(3, { idempotencyKey: 'k' })
  await catalog.client.createTag(named('one'), call)
  await expect(catalog.client.createTag(named('two'), call)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
})

test('a refused request may be corrected and sent again under its key', async () => {
  const call = callFor(4, { idempotencyKey: 'k' })
  await catalog.client.createTag(named('taken'), callFor(4))
  await expect(catalog.client.createTag(named('taken'), call)).rejects.toMatchObject({ code: 'slug_taken' })
  expect(await catalog.client.createTag(named('free'), call)).toMatchObject({ slug: 'free' })
})

test('ten at once under one key make one tag and one event; the others hear of it or are told to wait', async () => {
  const call = callFor(5, { idempotencyKey: 'k' })
  const attempts = Array.from({ length: 10 }, () => catalog.client.createTag(named('raced'), call))
  const results = await Promise.allSettled(attempts)
  const made = results.filter((result) => result.status === 'fulfilled')
  const refused = results.filter((result) => result.status === 'rejected')
  expect(new Set(made.map(({ value }) => value.id)).size).toBe(1)
  for (const { reason } of refused) expect(reason.code).toBe('idempotency_in_progress')
  expect(await tagsOf(5)).toBe(1)
  await catalog.client.createTag(named('after'), callFor(5))
  await vi.waitFor(async () => {
    const events = (await readStream(catalog.natsUrl)).filter(({ tenantid }) => tenantid === 5)
    expect(events.map(({ data }) => (data as { slug: string }).slug)).toEqual(['raced', 'after'])
  }, 15_000)
})

test('keys of other tenants, API keys, methods and resources are other keys', async () => {
  const key = { idempotencyKey: 'k' }
  const a = await catalog.client.createTag(named('a'), callFor(6, key))
  const b = await catalog.client.createTag(named('b'), callFor(6, { ...key, actor: { kind: 'api', id: '18' } }))
  await catalog.client.createTag(named('a'), callFor(7, key))
  const rename = (id: number) =>
    catalog.client.updateTag(UpdateTagRequest.fromPartial({ id, name: 'x' }), callFor(6, key))
  expect(await rename(a.id)).toMatchObject({ id: a.id, name: 'x' })
  expect(await rename(b.id)).toMatchObject({ id: b.id, name: 'x' })
})

test('a key acting for a person is still the same key', async () => {
  await catalog.client.createTag(named('a'), callFor(8, { idempotencyKey: 'k' }))
  const asAgent = callFor(8, { idempotencyKey: 'k', actor: { kind: 'agent', id: '7' }, via: 'api:17' })
  await expect(catalog.client.createTag(named('b'), asAgent)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
})

test.each([
  ['its answer', 'idempotency_keys', 9],
  ['its event', 'outbox', 11],
])(
  'a crash while a change writes %s leaves nothing of it, so a retry makes the tag once',
  async (_what, table, tenantId) => {
    const { sql } = catalog
    await sql.unsafe(`
    create function crash() returns trigger language plpgsql as $$
    begin
      if new.tenant_id = ${tenantId} then raise exception 'crash'; end if;
      return new;
    end $$`)
    await sql`create trigger crash before insert on ${sql(table)} for each row execute function crash()`
    const call = callFor(tenantId, { idempotencyKey: 'k' })
    await expect(catalog.client.createTag(named('fragile'), call)).rejects.toMatchObject({ code: 'internal' })
    const [left] = await sql`
    select (select count(*) from tags where tenant_id = ${tenantId}) as tags,
           (select count(*) from outbox where tenant_id = ${tenantId}) as events,
           (select count(*) from idempotency_keys where tenant_id = ${tenantId}) as answers`
    expect(left).toEqual({ tags: 0, events: 0, answers: 0 })
    await sql`drop function crash() cascade`
    expect(await catalog.client.createTag(named('fragile'), call)).toMatchObject({ slug: 'fragile' })
    expect(await tagsOf(tenantId)).toBe(1)
  },
)
