import { readStream } from '@helpdesk/events/testing'
import { type NotificationRecipient, SetNotificationPrefRequest } from '@helpdesk/proto/catalog'
import type { DomainEvent } from '@helpdesk/proto/events'
import { notificationChannels, notificationEventKeys } from '@helpdesk/proto/values'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestCatalog } from '../testing/catalog.ts'

let catalog: Awaited<ReturnType<typeof startTestCatalog>>
beforeAll(async () => {
  catalog = await startTestCatalog()
})
afterAll(() => catalog[Symbol.asyncDispose]())

const tenant = { scope: 'tenant_default', scope_id: 0 }
const ada = { scope: 'agent', scope_id: 7 }
const fay = { scope: 'requester', scope_id: 12 }
const byEmail = { event_key: 'ticket.replied', channel: 'email' }

const set = (pref: Partial<SetNotificationPrefRequest>, tenantId: number, call = callFor(tenantId)) =>
  catalog.client.setNotificationPref(SetNotificationPrefRequest.fromPartial({ ...byEmail, ...pref }), call)
const list = async (scope: typeof tenant, tenantId: number) =>
  (await catalog.client.listNotificationPrefs(scope, callFor(tenantId))).data
const cellOf = async (scope: typeof tenant, tenantId: number) =>
  (await list(scope, tenantId)).find(({ event_key, channel }) => event_key === 'ticket.replied' && channel === 'email')
const resolve = async (recipients: NotificationRecipient[], tenantId: number, event_key = 'ticket.replied') =>
  (await catalog.client.resolveNotificationPrefs({ event_key, recipients }, callFor(tenantId))).data

type Event = DomainEvent<'notification_pref.set'>
const eventsOf = async (tenantId: number) => {
  const events = await readStream(catalog.natsUrl)
  return events.filter(({ tenantid, type }) => tenantid === tenantId && type === 'notification_pref.set') as Event[]
}

test('a scope that nobody has touched has a row for every event key and channel, all on', async () => {
  const cells = notificationEventKeys.flatMap((event_key) =>
    notificationChannels.map((channel) => ({ event_key, channel })),
  )
  expect(cells.length).toBe(14)
  for (const scope of [tenant, ada, fay]) {
    expect(await list(scope, 1)).toEqual(
      cells.map((cell) => ({ ...scope, ...cell, enabled: true, inherited_from: 'platform_default' })),
    )
  }
})

test('what a person has not set comes from the tenant, and only in that cell', async () => {
  const row = await set({ ...tenant, enabled: false }, 2)
  expect(row).toEqual({ ...tenant, ...byEmail, enabled: false, inherited_from: null })
  expect(await cellOf(tenant, 2)).toEqual(row)
  expect(await cellOf(ada, 2)).toEqual({ ...ada, ...byEmail, enabled: false, inherited_from: 'tenant_default' })
  expect((await list(ada, 2)).filter(({ inherited_from }) => inherited_from === 'platform_default').length).toBe(13)
})

test('what a person has set holds whatever the tenant says', async () => {
  await set({ ...ada, enabled: true }, 3)
  await set({ ...tenant, enabled: false }, 3)
  expect(await cellOf(ada, 3)).toEqual({ ...ada, ...byEmail, enabled: true, inherited_from: null })
  expect(await cellOf(fay, 3)).toMatchObject({ enabled: false, inherited_from: 'tenant_default' })
})

test('an agent and a requester with the same id are two', async () => {
  await set({ ...tenant, channel: 'in_app', enabled: false }, 4)
  await set({ ...ada, enabled: false }, 4)
  expect(await resolve([ada, { ...ada, scope: 'requester' }], 4)).toEqual([
    { ...ada, channels: [] },
    { ...ada, scope: 'requester', channels: ['email'] },
  ])
})

test('setting tells subscribers what was before, and what was set so already tells nothing', async () => {
  await set({ ...ada, enabled: false }, 5)
  await set({ ...ada, enabled: false }, 5)
  await set({ ...ada, enabled: true }, 5)
  expect(await cellOf(ada, 5)).toMatchObject({ enabled: true, inherited_from: null })
  await vi.waitFor(async () => expect((await eventsOf(5)).length).toBe(2), 15_000)
  const [first, second] = await eventsOf(5)
  const id = first?.data.notification_pref_id
  expect(first).toMatchObject({
    source: '/helpdesk/catalog-svc',
    subject: `notification_prefs/${id}`,
    actorkind: 'api',
    actorid: '17',
    data: {
      notification_pref_id: id,
      ...ada,
      ...byEmail,
      enabled: false,
      changes: { enabled: [null, false] },
      version: 1,
    },
  })
  expect(second).toMatchObject({
    subject: `notification_prefs/${id}`,
    data: { enabled: true, changes: { enabled: [false, true] }, version: 2 },
  })
})

test('what is first set to what it inherited stays when the tenant changes its mind, and is told', async () => {
  await set({ ...fay, enabled: true }, 6)
  await set({ ...tenant, enabled: false }, 6)
  expect(await cellOf(fay, 6)).toMatchObject({ enabled: true, inherited_from: null })
  await vi.waitFor(async () => expect((await eventsOf(6)).length).toBe(2), 15_000)
})

test('twenty at once leave one row that has what the last of them set', async () => {
  const attempts = Array.from({ length: 20 }, (_, n) => set({ ...tenant, enabled: n % 2 === 0 }, 7))
  await Promise.all(attempts)
  const rows = await catalog.sql<{ enabled: boolean; version: number }[]>`
    select enabled, version from notification_prefs where tenant_id = 7`
  expect(rows.length).toBe(1)
  await vi.waitFor(async () => {
    const events = await eventsOf(7)
    expect(events.map(({ data }) => data.version)).toEqual(
      Array.from({ length: rows[0]?.version ?? 0 }, (_, n) => n + 1),
    )
    expect(events.at(-1)?.data).toMatchObject({ enabled: rows[0]?.enabled })
  }, 15_000)
})

test('a repeated key answers what it answered before, and sets nothing', async () => {
  const onReplayed = vi.fn()
  const once = callFor(8, { idempotencyKey: 'k', onReplayed })
  const first = await set({ ...tenant, enabled: false }, 8, once)
  await set({ ...tenant, enabled: true }, 8)
  expect(await set({ ...tenant, enabled: false }, 8, once)).toEqual(first)
  expect(onReplayed).toHaveBeenCalledOnce()
  expect(await cellOf(tenant, 8)).toMatchObject({ enabled: true })
  await expect(set({ ...tenant, enabled: true }, 8, once)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
})

test('another tenant’s preferences are not seen', async () => {
  await set({ ...tenant, enabled: false }, 9)
  await set({ ...ada, enabled: false }, 9)
  expect(await cellOf(tenant, 10)).toMatchObject({ enabled: true, inherited_from: 'platform_default' })
  expect(await cellOf(ada, 10)).toMatchObject({ enabled: true, inherited_from: 'platform_default' })
  expect(await resolve([ada], 10)).toEqual([{ ...ada, channels: ['email', 'in_app'] }])
})

test('recipients of both kinds are answered in their order, each with what holds for it', async () => {
  await set({ ...tenant, enabled: false }, 11)
  await set({ ...ada, enabled: true }, 11)
  await set({ ...fay, channel: 'in_app', enabled: false }, 11)
  const stranger = { scope: 'requester', scope_id: 999_999 }
  expect(await resolve([fay, ada, stranger, fay], 11)).toEqual([
    { ...fay, channels: [] },
    { ...ada, channels: ['email', 'in_app'] },
    { ...stranger, channels: ['in_app'] },
    { ...fay, channels: [] },
  ])
  expect(await resolve([fay], 11, 'ticket.moved')).toEqual([{ ...fay, channels: ['email', 'in_app'] }])
  expect(await resolve([], 11)).toEqual([])
})

test.each([
  ['an agent who does not exist', { ...ada, scope_id: 99 }],
  ['a requester who does not exist', { ...fay, scope_id: 99 }],
  ['an agent without an id', { ...ada, scope_id: 0 }],
  ['a tenant’s default with an id', { ...tenant, scope_id: 7 }],
])('%s has no preferences to list or set', async (_what, scope) => {
  const error = { code: 'validation_failed', fields: [{ path: 'scope_id' }] }
  await expect(list(scope, 12)).rejects.toMatchObject(error)
  await expect(set({ ...scope, enabled: false }, 12)).rejects.toMatchObject(error)
  expect(await catalog.sql`select 1 from notification_prefs where tenant_id = 12`).toEqual([])
})

test.each([
  ['an unknown scope', { scope: 'queue' }, 'scope'],
  ['an event that nobody is notified of', { event_key: 'tag.created' }, 'event_key'],
  ['an unknown channel', { channel: 'fax' }, 'channel'],
  ['neither on nor off', { enabled: null }, 'enabled'],
])('refused: %s', async (_what, more, path) => {
  const bad = set({ ...tenant, enabled: true, ...more }, 13)
  await expect(bad).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path }] })
})

test('a question about more than 500 recipients, or about a tenant’s default, is refused', async () => {
  const code = 'validation_failed'
  const many = Array.from({ length: 501 }, (_, n) => ({ ...fay, scope_id: n + 1 }))
  expect((await resolve(many.slice(1), 14)).length).toBe(500)
  await expect(resolve(many, 14)).rejects.toMatchObject({ code, fields: [{ path: 'recipients' }] })
  await expect(resolve([ada, { ...tenant, scope_id: 7 }], 14)).rejects.toMatchObject({
    code,
    fields: [{ path: 'recipients.1.scope' }],
  })
})
