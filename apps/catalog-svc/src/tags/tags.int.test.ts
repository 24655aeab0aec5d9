import { readStream } from '@helpdesk/events/testing'
import { CreateTagRequest, ListTagsRequest, UpdateTagRequest } from '@helpdesk/proto/catalog'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestCatalog } from '../testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const refund = CreateTagRequest.fromPartial({ slug: 'refund', name: 'Refund', color: '#dc2626' })
const named = (slug: string) => CreateTagRequest.fromPartial({ slug, name: slug })

test('a new tag comes back whole, stays, and is told to subscribers', async () => {
  const tag = await catalog.client.createTag(refund, callFor(1))
  expect(tag).toMatchObject({ slug: 'refund', name: 'Refund', color: '#dc2626', version: 1 })
  expect(await catalog.client.getTag({ id: tag.id }, callFor(1))).toEqual(tag)
  await vi.waitFor(async () => {
    expect(await readStream(catalog.natsUrl)).toContainEqual(
      expect.objectContaining({
        type: 'tag.created',
        source: '/helpdesk/catalog-svc',
        subject: `tags/${tag.id}`,
        tenantid: 1,
        actorkind: 'api',
        actorid: '17',
        requestid: 'req_test',
        data: { tag_id: tag.id, slug: 'refund', name: 'Refund', color: '#dc2626', changes: {}, version: 1 },
      }),
    )
  }, 15_000)
})

test('a tag without a color is grey', async () => {
  expect(await catalog.client.createTag(named('plain'), callFor(2))).toMatchObject({ color: '#6b7280' })
})

test('a slug is free once in each tenant', async () => {
  await catalog.client.createTag(named('vip'), callFor(3))
  await catalog.client.createTag(named('vip'), callFor(4))
  await expect(catalog.client.createTag(named('vip'), callFor(3))).rejects.toMatchObject({
    code: 'slug_taken',
    fields: [{ path: 'slug' }],
  })
})

test('another tenant’s tag cannot be read, changed or deleted', async () => {
  const { id } = await catalog.client.createTag(named('mine'), callFor(5))
  const attempts = [
    () => catalog.client.getTag({ id }, callFor(6)),
    () => catalog.client.updateTag(UpdateTagRequest.fromPartial({ id, name: 'Theirs' }), callFor(6)),
    () => catalog.client.deleteTag({ id }, callFor(6)),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
  expect(await catalog.client.getTag({ id }, callFor(5))).toMatchObject({ name: 'mine', version: 1 })
})

test('an update changes what it names and says what was before', async () => {
  const { id } = await catalog.client.createTag(named('old'), callFor(7))
  const update = UpdateTagRequest.fromPartial({ id, name: 'New', update_mask: ['name'] })
  expect(await catalog.client.updateTag(update, callFor(7))).toMatchObject({ slug: 'old', name: 'New', version: 2 })
  await vi.waitFor(async () => {
    const events = await readStream(catalog.natsUrl)
    const event = events.find(({ tenantid, type }) => tenantid === 7 && type === 'tag.updated')
    expect(event?.data).toMatchObject({ changes: { name: ['old', 'New'] }, version: 2 })
  }, 15_000)
})

test('an update that changes nothing makes no version and no event', async () => {
  const { id } = await catalog.client.createTag(named('same'), callFor(8))
  const update = UpdateTagRequest.fromPartial({ id, name: 'same' })
  expect(await catalog.client.updateTag(update, callFor(8))).toMatchObject({ version: 1 })
  const [row] = await catalog.sql`select count(*) from outbox where tenant_id = 8`
  expect(row?.count).toBe(1)
})

test('an update with an old If-Match is refused with the current version', async () => {
  const { id } = await catalog.client.createTag(named('raced'), callFor(9))
  const update = UpdateTagRequest.fromPartial({ id, name: 'Raced' })
  await catalog.client.updateTag(update, callFor(9, { ifMatch: 1 }))
  await expect(
    catalog.client.updateTag(UpdateTagRequest.fromPartial({ id, name: 'Again' }), callFor(9, { ifMatch: 1 })),
  ).rejects.toMatchObject({ code: 'version_mismatch', details: { current_version: 2 } })
})

test('tags are listed by name, page by page, with their count', async () => {
  for (const slug of ['c', 'a', 'b']) await catalog.client.createTag(named(slug), callFor(10))
  const first = await catalog.client.listTags(ListTagsRequest.fromPartial({ limit: 2 }), callFor(10))
  expect(first.data.map(({ slug }) => slug)).toEqual(['a', 'b'])
  expect(first).toMatchObject({ has_more: true, total_count: 3, total_count_capped: false })
  const second = await catalog.client.listTags(ListTagsRequest.fromPartial({ cursor: first.next_cursor }), callFor(10))
  expect(second.data.map(({ slug }) => slug)).toEqual(['c'])
  expect(second).toMatchObject({ has_more: false, next_cursor: null })
})

test('another tenant’s cursor is refused', async () => {
  for (const slug of ['a', 'b']) await catalog.client.createTag(named(slug), callFor(11))
  const { next_cursor } = await catalog.client.listTags(ListTagsRequest.fromPartial({ limit: 1 }), callFor(11))
  const stolen = catalog.client.listTags(ListTagsRequest.fromPartial({ cursor: next_cursor }), callFor(12))
  await expect(stolen).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('every bad field is named across the hop', async () => {
  const bad = CreateTagRequest.fromPartial({ slug: 'Bad Slug', name: '', color: 'red' })
  await expect(catalog.client.createTag(bad, callFor(13))).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ path: 'slug' }, { path: 'name' }, { path: 'color' }],
  })
})

test('tags are found by their slugs', async () => {
  for (const slug of ['a', 'b', 'c']) await catalog.client.createTag(named(slug), callFor(14))
  const found = await catalog.client.listTags(ListTagsRequest.fromPartial({ slug: ['c', 'a', 'none'] }), callFor(14))
  expect(found.data.map(({ slug }) => slug)).toEqual(['a', 'c'])
  expect(found.total_count).toBe(2)
})
