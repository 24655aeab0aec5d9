import type { Call } from '@helpdesk/proto/call'
import { checkPerson } from '@helpdesk/service'
import type { Catalog } from '../service.ts'
import type { ScopeRef } from './notification-pref.ts'

/** Throws `validation_failed` at scope_id when the agent or requester does not exist. */
export async function checkScope({ tickets }: Catalog, { scope, scope_id }: ScopeRef, call: Call): Promise<void> {
  if (scope === 'tenant_default') return
  await checkPerson(tickets, { kind: scope, id: scope_id }, 'scope_id', call)
}
