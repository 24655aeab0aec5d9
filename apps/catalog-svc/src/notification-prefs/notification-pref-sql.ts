import type { Sql } from '@helpdesk/postgres'
import type { NotificationEventKey } from '@helpdesk/proto/values'
import { type OwnPref, type ScopeRef, tenantDefault } from './notification-pref.ts'

/** The rows that these scopes and the tenant's defaults have set, for some event keys. */
export async function readOwnPrefs(
  sql: Sql,
  tenantId: number,
  scopes: readonly ScopeRef[],
  eventKeys: readonly NotificationEventKey[],
): Promise<OwnPref[]> {
  const all = [tenantDefault, ...scopes]
  return sql<OwnPref[]>`
    select scope, scope_id, event_key, channel, enabled
      from unnest(${all.map(({ scope }) => scope)}::text[], ${all.map(({ scope_id }) => scope_id)}::bigint[])
           as wanted (scope, scope_id)
      join notification_prefs using (scope, scope_id)
     where tenant_id = ${tenantId} and event_key = any(${[...eventKeys]})`
}
