import type { Call } from '@helpdesk/proto/call'
import { CatalogServiceService, type NotificationPref, type SetNotificationPrefRequest } from '@helpdesk/proto/catalog'
import { setNotificationPref as schema, validate } from '@helpdesk/proto/schemas'
import { askFirst } from '../ask-first.ts'
import type { Catalog } from '../service.ts'
import { checkScope } from './check-scope.ts'

export async function setNotificationPref(
  catalog: Catalog,
  request: SetNotificationPrefRequest,
  call: Call,
): Promise<NotificationPref> {
  const pref = validate(schema, request)
  const { scope, scope_id, event_key, channel, enabled } = pref
  const refuseScope = await askFirst(checkScope(catalog, pref, call))
  return catalog.mutate(call, CatalogServiceService.setNotificationPref, request, async (tx, emit) => {
    refuseScope()
    const [row] = await tx<{ id: number; version: number }[]>`
      insert into notification_prefs (tenant_id, scope, scope_id, event_key, channel, enabled)
      values (${call.tenantId}, ${scope}, ${scope_id}, ${event_key}, ${channel}, ${enabled})
      on conflict (tenant_id, scope, scope_id, event_key, channel)
      do update set enabled = excluded.enabled, version = notification_prefs.version + 1
       where notification_prefs.enabled <> excluded.enabled
      returning id, version`
    // No row: it was set so already.
    if (row) {
      const old = row.version === 1 ? null : !enabled
      const changes = { enabled: [old, enabled] }
      emit('notification_pref.set', row.id, { notification_pref_id: row.id, ...pref, changes, version: row.version })
    }
    return { ...pref, inherited_from: null }
  })
}
