import { consume } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'

/** Keeps what the gateway says of each tenant. */
export const followTenants = (options: Pick<Parameters<typeof consume>[0], 'bus' | 'sql' | 'log'>) =>
  consume({ ...options, consumer: 'ai-svc-tenants', filter: 'helpdesk.events.v1.*.tenant.*', handle: keepTenant })

async function keepTenant(tx: Tx, event: DomainEvent): Promise<void> {
  const { data } = event as DomainEvent<'tenant.created' | 'tenant.updated'>
  // A redelivered event may come after a newer one.
  await tx`
    insert into tenants (tenant_id, plan, version)
    values (${event.tenantid}, ${data.plan}, ${data.version})
    on conflict (tenant_id) do update
      set plan = excluded.plan, version = excluded.version
    where tenants.version < excluded.version`
}
