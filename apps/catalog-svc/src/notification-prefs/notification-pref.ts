import type { NotificationPref } from '@helpdesk/proto/catalog'
import type { NotificationScope } from '@helpdesk/proto/values'

/** Whose preferences: an agent's, a requester's, or with id 0 the tenant's defaults. */
export interface ScopeRef {
  scope: NotificationScope
  scope_id: number
}

export const tenantDefault: ScopeRef = { scope: 'tenant_default', scope_id: 0 }

/** A row that a scope has set itself. */
export type OwnPref = Omit<NotificationPref, 'inherited_from'>

type Cell = Omit<OwnPref, 'enabled'>

/** Answers what holds for a cell: its own row, else the tenant's, else on. */
export function prefsFrom(own: readonly OwnPref[]): (cell: Cell) => NotificationPref {
  const keyOf = ({ scope, scope_id, event_key, channel }: Cell) => [scope, scope_id, event_key, channel].join()
  const enabledBy = new Map(own.map((row) => [keyOf(row), row.enabled]))
  return (cell) => {
    const byItself = enabledBy.get(keyOf(cell))
    if (byItself !== undefined) return { ...cell, enabled: byItself, inherited_from: null }
    const byTenant = enabledBy.get(keyOf({ ...cell, ...tenantDefault }))
    if (byTenant !== undefined) return { ...cell, enabled: byTenant, inherited_from: 'tenant_default' }
    return { ...cell, enabled: true, inherited_from: 'platform_default' }
  }
}
