import { ListNotificationPrefsRequest, SetNotificationPrefRequest } from '@helpdesk/proto/catalog'
import { scopeId, setNotificationPref } from '@helpdesk/proto/schemas'
import { notificationChannels, notificationEventKeys, notificationScopes } from '@helpdesk/proto/values'
import { z } from 'zod'
import { number } from '../http/query.ts'
import { route } from '../http/route.ts'

const catalog = (method: string) => `helpdesk.catalog.v1.CatalogService/${method}`

const notificationPref = z
  .strictObject({
    scope: z.enum(notificationScopes),
    scope_id: scopeId.describe('The id of the agent or requester; 0 for tenant_default.'),
    event_key: z.enum(notificationEventKeys),
    channel: z.enum(notificationChannels),
    enabled: z.boolean(),
    inherited_from: z
      .enum(['tenant_default', 'platform_default'])
      .nullable()
      .describe('Who says so where the scope itself does not; null where it does.'),
  })
  .meta({ id: 'NotificationPref' })

export const notificationPrefRoutes = [
  route({
    method: 'get',
    path: '/notification-prefs',
    scope: 'helpdesk:read',
    operation: 'listNotificationPrefs',
    summary: 'List what holds for one scope, for every event key and channel',
    description: `What an agent or requester has not set comes from the tenant's defaults, and what those do not set is
on. All rows come at once.`,
    rpc: catalog('ListNotificationPrefs'),
    query: z.strictObject({
      scope: z.enum(notificationScopes).default('tenant_default'),
      scope_id: number(scopeId).default(0).describe('The id of the agent or requester.'),
    }),
    envelope: 'list',
    response: notificationPref,
    async handle(services, { query }, call) {
      const { data } = await services.catalog.listNotificationPrefs(
        ListNotificationPrefsRequest.fromPartial(query),
        call,
      )
      return { data, next_cursor: null, has_more: false, total_count: data.length, total_count_capped: false }
    },
  }),
  route({
    method: 'post',
    path: '/notification-prefs',
    scope: 'helpdesk:admin',
    operation: 'setNotificationPref',
    summary: 'Turn one channel on or off for one event key of a scope',
    rpc: catalog('SetNotificationPref'),
    body: setNotificationPref,
    envelope: 'one',
    response: notificationPref,
    handle: (services, { body }, call) =>
      services.catalog.setNotificationPref(SetNotificationPrefRequest.fromPartial(body), call),
  }),
]
