import { openPublisher, readStream } from '@helpdesk/events/testing'
import {
  CreateCannedResponseRequest,
  ListCannedResponsesRequest,
  RenderCannedResponseRequest,
  UpdateCannedResponseRequest,
} from '@helpdesk/proto/catalog'
import type { DomainEvent } from '@helpdesk/proto/events'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestCatalog } from '../testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const thanks = CreateCannedResponseRequest.fromPartial({ slug: 'thanks', title: 'Thanks', body_md: 'Thank you.' })
const create = (tenantId: number, more: Partial<CreateCannedResponseRequest> = {}) =>
  catalog.client.createCannedResponse({ ...thanks, ...more }, callFor(tenantId))
const get = (id: number, tenantId: number) => catalog.client.getCannedResponse({ id }, callFor(tenantId))
const update = (fields: Partial<UpdateCannedResponseRequest>, tenantId: number, call = callFor(tenantId)) =>
  catalog.client.updateCannedResponse(UpdateCannedResponseRequest.fromPartial(fields), call)
const render = (request: Partial<RenderCannedResponseRequest>, tenantId: number) =>
  catalog.client.renderCannedResponse(RenderCannedResponseRequest.fromPartial(request), callFor(tenantId))

const eventOf = (tenantId: number, type: string) =>
  vi.waitFor(async () => {
    const events = await readStream(catalog.natsUrl)
    const event = events.find((each) => each.tenantid === tenantId && each.type === type)
    expect(event).toBeDefined()
    return event
  }, 15_000)

test('a new canned response comes back whole, stays, and is told to subscribers', async () => {
  const response = await create(1, { queue_id: 3, sort_order: 5 })
  const fields = { slug: 'thanks', title: 'Thanks', body_md: 'Thank you.', queue_id: 3, is_active: true, sort_order: 5 }
  expect(response).toMatchObject({ ...fields, use_count: 0, version: 1 })
  expect(await get(response.id, 1)).toEqual(response)
  expect(await eventOf(1, 'canned_response.created')).toMatchObject({
    subject: `canned_responses/${response.id}`,
    data: { canned_response_id: response.id, ...fields, changes: {}, version: 1 },
  })
})

test('they are listed by sort order, then title, page by page', async () => {
  await create(2, { slug: 'd', title: 'D', sort_order: 1 })
  await create(2, { slug: 'c', title: 'C', sort_order: 2 })
  await create(2, { slug: 'b', title: 'B', sort_order: 1 })
  const list = (cursor: string | null) =>
    catalog.client.listCannedResponses(ListCannedResponsesRequest.fromPartial({ limit: 2, cursor }), callFor(2))
  const first = await list(null)
  expect(first.data.map(({ slug }) => slug)).toEqual(['b', 'd'])
  expect(first).toMatchObject({ has_more: true, total_count: 3 })
  const second = await list(first.next_cursor ?? null)
  expect(second.data.map(({ slug }) => slug)).toEqual(['c'])
})

test('a queue’s list has its own and those for every queue; an active list has the active ones', async () => {
  await create(3, { slug: 'own', queue_id: 3 })
  await create(3, { slug: 'every', title: 'Z' })
  await create(3, { slug: 'off', title: 'Z', is_active: false })
  const slugs = async (filters: Partial<ListCannedResponsesRequest>) => {
    const { data } = await catalog.client.listCannedResponses(
      ListCannedResponsesRequest.fromPartial(filters),
      callFor(3),
    )
    return data.map(({ slug }) => slug)
  }
  expect(await slugs({ queue_id: 3 })).toEqual(['own', 'every', 'off'])
  expect(await slugs({ queue_id: 4 })).toEqual(['every', 'off'])
  expect(await slugs({ is_active: true })).toEqual(['own', 'every'])
  expect(await slugs({ is_active: false })).toEqual(['off'])
})

test('an update changes what it names, clears what is null, and says what was before', async () => {
  const { id } = await create(4, { queue_id: 3 })
  const changed = await update({ id, is_active: false, update_mask: ['is_active', 'queue_id'] }, 4)
  expect(changed).toMatchObject({ title: 'Thanks', is_active: false, queue_id: null, version: 2 })
  const event = await eventOf(4, 'canned_response.updated')
  expect(event?.data).toMatchObject({ changes: { is_active: [true, false], queue_id: [3, null] }, version: 2 })
})

test('an update with an old If-Match is refused with the current version', async () => {
  const { id } = await create(5)
  await update({ id, title: 'One' }, 5)
  await expect(update({ id, title: 'Two' }, 5, callFor(5, { ifMatch: 1 }))).rejects.toMatchObject({
    code: 'version_mismatch',
    details: { current_version: 2 },
  })
})

test('a deleted one is gone, and its event is newer than any before', async () => {
  const { id } = await create(6)
  expect(await catalog.client.deleteCannedResponse({ id }, callFor(6))).toEqual({ id, deleted: true })
  await expect(get(id, 6)).rejects.toMatchObject({ code: 'not_found' })
  expect(await eventOf(6, 'canned_response.deleted')).toMatchObject({ data: { canned_response_id: id, version: 2 } })
})

test('another tenant’s canned response cannot be read, rendered, changed or deleted', async () => {
  const { id } = await create(7)
  const attempts = [
    () => get(id, 8),
    () => render({ id, ticket_id: 1234 }, 8),
    () => update({ id, title: 'Theirs' }, 8),
    () => catalog.client.deleteCannedResponse({ id }, callFor(8)),
  ]
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
  expect(await get(id, 7)).toMatchObject({ title: 'Thanks', version: 1 })
})

test('a slug is free once in each tenant', async () => {
  await create(9)
  await create(10)
  await expect(create(9)).rejects.toMatchObject({ code: 'slug_taken', fields: [{ path: 'slug' }] })
})

test('a queue that is not there and a broken template are refused at their fields', async () => {
  const { id } = await create(11)
  const attempts: [() => Promise<unknown>, string][] = [
    [() => create(11, { slug: 'a', queue_id: 99 }), 'queue_id'],
    [() => create(11, { slug: 'a', body_md: 'Dear {{requester.name' }), 'body_md'],
    [() => update({ id, queue_id: 99 }, 11), 'queue_id'],
    [() => update({ id, body_md: '{{#a}}' }, 11), 'body_md'],
  ]
  for (const [attempt, path] of attempts) {
    await expect(attempt()).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path }] })
  }
})

test('rendering fills in the ticket, its requester, its queue and its agent', async () => {
  const body_md = 'Dear {{requester.first_name}}, "{{ticket.subject}}" is with {{queue.name}}. {{agent.name}}'
  const { id } = await create(12, { body_md })
  expect(await render({ id, ticket_id: 1234 }, 12)).toEqual({
    body_md: 'Dear Fay, "Where is <my> order?" is with Support. Ada Lovelace',
    missing: [],
  })
})

test('rendering names what it could not fill', async () => {
  const { id } = await create(13, { body_md: 'Dear {{requester.name}}{{nope}}, {{agent.first_name}}' })
  expect(await render({ id, ticket_id: 1235 }, 13)).toEqual({
    body_md: 'Dear , ',
    missing: ['requester.name', 'nope', 'agent.first_name'],
  })
  expect(await render({ id, ticket_id: 1235, agent_id: 7 }, 13)).toMatchObject({ body_md: 'Dear , Ada' })
})

test('rendering for a ticket or an agent that is not there is refused', async () => {
  const { id } = await create(14)
  await expect(render({ id, ticket_id: 1 }, 14)).rejects.toMatchObject({ fields: [{ path: 'ticket_id' }] })
  await expect(render({ id, ticket_id: 1234, agent_id: 8 }, 14)).rejects.toMatchObject({
    fields: [{ path: 'agent_id' }],
  })
})

test('each reply made from one counts once, and is no new version', async () => {
  const { id } = await create(15)
  await using publisher = await openPublisher(catalog.natsUrl)
  const [first, second, plain] = [replied('evt_1', id), replied('evt_2', id), replied('evt_3', null)]
  await publisher.publish(first, first, plain, second)
  await vi.waitFor(async () => expect(await get(id, 15)).toMatchObject({ use_count: 2, version: 1 }), 15_000)
})

const replied = (id: string, canned_response_id: number | null): DomainEvent => ({
  specversion: '1.0',
  id,
  type: 'ticket.replied',
  source: '/helpdesk/tickets-svc',
  subject: 'tickets/1234',
  time: '2026-11-24T10:00:00.123Z',
  datacontenttype: 'application/json',
  tenantid: 15,
  actorkind: 'api',
  actorid: '17',
  via: '',
  requestid: 'req_test',
  data: {
    ticket_id: 1234,
    reference: 'HD-7K2M9QX',
    message_id: 1,
    author: null,
    body_md: 'Thank you.',
    canned_response_id,
    version: 2,
  },
})
