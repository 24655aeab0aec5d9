import { readStream } from '@helpdesk/events/testing'
import { CreateHelpTopicRequest, ListHelpTopicsRequest, UpdateHelpTopicRequest } from '@helpdesk/proto/catalog'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestCatalog } from '../testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const orderNumber = { key: 'order_number', label: 'Order number', type: 'number', required: true, options: [] }
const reason = { key: 'reason', label: 'Why?', type: 'select', required: false, options: ['Late', 'Broken'] }
const returns = CreateHelpTopicRequest.fromPartial({
  slug: 'returns',
  name: 'Returns',
  queue_id: 3,
  default_priority: 'high',
  custom_fields: [orderNumber, reason],
})
const named = (slug: string, more = {}) => CreateHelpTopicRequest.fromPartial({ slug, name: slug, ...more })
const create = (request: CreateHelpTopicRequest, tenantId: number) =>
  catalog.client.createHelpTopic(request, callFor(tenantId))

const eventOf = (tenantId: number, type: string) =>
  vi.waitFor(async () => {
    const events = await readStream(catalog.natsUrl)
    const event = events.find((each) => each.tenantid === tenantId && each.type === type)
    expect(event).toBeDefined()
    return event
  }, 15_000)

test('a new help topic comes back whole, stays, and is told to subscribers', async () => {
  const topic = await create(returns, 1)
  expect(topic).toMatchObject({ ...returns, is_active: true, version: 1 })
  expect(await catalog.client.getHelpTopic({ id: topic.id }, callFor(1))).toEqual(topic)
  expect(await eventOf(1, 'help_topic.created')).toMatchObject({
    subject: `help_topics/${topic.id}`,
    data: {
      help_topic_id: topic.id,
      slug: 'returns',
      name: 'Returns',
      queue_id: 3,
      default_priority: 'high',
      is_active: true,
      custom_fields: [orderNumber, reason],
      changes: {},
      version: 1,
    },
  })
})

test('active topics are listed by name, and the others when they are asked for', async () => {
  for (const slug of ['c', 'a', 'b']) await create(named(slug, { is_active: slug !== 'b' }), 2)
  const slugs = async (filters: Partial<ListHelpTopicsRequest> = {}) => {
    const { data } = await catalog.client.listHelpTopics(ListHelpTopicsRequest.fromPartial(filters), callFor(2))
    return data.map(({ slug }) => slug)
  }
  expect(await slugs()).toEqual(['a', 'c'])
  expect(await slugs({ include_inactive: true })).toEqual(['a', 'b', 'c'])
})

test('an update changes what it names, clears what is null, and says what was before', async () => {
  const { id } = await create(returns, 3)
  const update = UpdateHelpTopicRequest.fromPartial({
    id,
    custom_fields: [reason],
    update_mask: ['queue_id', 'custom_fields'],
  })
  expect(await catalog.client.updateHelpTopic(update, callFor(3))).toMatchObject({
    name: 'Returns',
    queue_id: null,
    default_priority: 'high',
    custom_fields: [reason],
    version: 2,
  })
  const event = await eventOf(3, 'help_topic.updated')
  expect(event?.data).toMatchObject({
    changes: { queue_id: [3, null], custom_fields: [[orderNumber, reason], [reason]] },
  })
})

test('the same custom fields again change nothing', async () => {
  const { id } = await create(returns, 4)
  const update = UpdateHelpTopicRequest.fromPartial({ id, custom_fields: returns.custom_fields })
  expect(await catalog.client.updateHelpTopic(update, callFor(4))).toMatchObject({ version: 1 })
})

test('a deleted topic is gone, and its event is newer than any before', async () => {
  const { id } = await create(returns, 5)
  expect(await catalog.client.deleteHelpTopic({ id }, callFor(5))).toEqual({ id, deleted: true })
  await expect(catalog.client.getHelpTopic({ id }, callFor(5))).rejects.toMatchObject({ code: 'not_found' })
  expect(await eventOf(5, 'help_topic.deleted')).toMatchObject({ data: { help_topic_id: id, version: 2 } })
})

test('a slug is free once in each tenant', async () => {
  await create(named('vip'), 6)
  await create(named('vip'), 7)
  await expect(create(named('vip'), 6)).rejects.toMatchObject({ code: 'slug_taken', fields: [{ path: 'slug' }] })
})

test('another tenant’s topic cannot be read, changed or deleted', async () => {
  const { id } = await create(named('mine'), 8)
  const attempts = [
    () => catalog.client.getHelpTopic({ id }, callFor(9)),
    () => catalog.client.updateHelpTopic(UpdateHelpTopicRequest.fromPartial({ id, name: 'Theirs' }), callFor(9)),
    () => catalog.client.deleteHelpTopic({ id }, callFor(9)),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
  expect(await catalog.client.getHelpTopic({ id }, callFor(8))).toMatchObject({ name: 'mine', version: 1 })
})

test('a change with an old If-Match is refused with the current version', async () => {
  const { id } = await create(named('raced'), 10)
  const rename = (name: string) =>
    catalog.client.updateHelpTopic(UpdateHelpTopicRequest.fromPartial({ id, name }), callFor(10, { ifMatch: 1 }))
  await rename('First')
  await expect(rename('Second')).rejects.toMatchObject({ code: 'version_mismatch', details: { current_version: 2 } })
})

test.each([
  ['a queue that is not there', { queue_id: 99 }, 'queue_id'],
  ['an unknown priority', { default_priority: 'huge' }, 'default_priority'],
  ['an unknown type', { custom_fields: [{ ...reason, type: 'color' }] }, 'custom_fields.0.type'],
  ['a select without options', { custom_fields: [{ ...reason, options: [] }] }, 'custom_fields.0.options'],
  ['an option twice', { custom_fields: [{ ...reason, options: ['a', 'a'] }] }, 'custom_fields.0.options'],
  ['options of a number', { custom_fields: [{ ...orderNumber, options: ['1'] }] }, 'custom_fields.0.options'],
  ['a key with spaces', { custom_fields: [{ ...reason, key: 'my reason' }] }, 'custom_fields.0.key'],
  ['a key twice', { custom_fields: [reason, reason] }, 'custom_fields'],
])('refused: %s', async (_what, more, path) => {
  await expect(create(named('bad', more), 11)).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path }] })
})
