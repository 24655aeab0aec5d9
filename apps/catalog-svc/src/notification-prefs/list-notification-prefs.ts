import type { Call } from '@helpdesk/proto/call'
import type { ListNotificationPrefsRequest, ListNotificationPrefsResponse } from '@helpdesk/proto/catalog'
import { listNotificationPrefs as schema, validate } from '@helpdesk/proto/schemas'
import { notificationChannels, notificationEventKeys } from '@helpdesk/proto/values'
import type { Catalog } from '../service.ts'
import { checkScope } from './check-scope.ts'
import { prefsFrom } from './notification-pref.ts'
import { readOwnPrefs } from './notification-pref-sql.ts'

export async function listNotificationPrefs(
  catalog: Catalog,
  request: ListNotificationPrefsRequest,
  call: Call,
): Promise<ListNotificationPrefsResponse> {
  const scope = validate(schema, request)
  await checkScope(catalog, scope, call)
  const effective = prefsFrom(await readOwnPrefs(catalog.sql, call.tenantId, [scope], notificationEventKeys))
  const rows = notificationEventKeys.flatMap((event_key) =>
    notificationChannels.map((channel) => effective({ ...scope, event_key, channel })),
  )
  return { data: rows }
}
