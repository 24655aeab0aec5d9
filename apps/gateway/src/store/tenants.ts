import type { Outbox } from '@helpdesk/events'
import { rethrowViolation, type Sql, type Tx } from '@helpdesk/postgres'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'
import { type Changes, changesOf } from '@helpdesk/proto/events'
import type { Plan } from '@helpdesk/proto/values'
import { recordedChange } from './recorded-change.ts'

export interface Tenant {
  tenant_id: number
  slug: string
  name: string
  plan: Plan
  is_test: boolean
  rate_limit_per_minute: number | null
  created_at: Date
  version: number
}

const columns = (sql: Sql | Tx) => sql`tenant_id, slug, name, plan, is_test, rate_limit_per_minute, created_at, version`

const slugTaken = () => new HelpdeskError('slug_taken', 'There is already a tenant with this slug.')

interface NewTenant {
  slug: string
  name: string
  plan: Plan
  is_test: boolean
}

/** Throws `slug_taken`. */
export const createTenant = (sql: Sql, { slug, name, plan, is_test }: NewTenant): Promise<Tenant> =>
  recordedChange(sql, async (tx, outboxFor) => {
    const [tenant] = await tx<[Tenant]>`
      insert into tenants (slug, name, plan, is_test)
      values (${slug}, ${name}, ${plan}, ${is_test})
      returning ${columns(tx)}`.catch((error) => rethrowViolation(error, { tenants_slug_key: slugTaken }))
    emitTenant(outboxFor(tenant.tenant_id), 'tenant.created', tenant)
    return tenant
  })

/** Throws `not_found`. */
export const updateTenant = (
  sql: Sql,
  slug: string,
  wanted: Partial<Pick<Tenant, 'name' | 'plan' | 'rate_limit_per_minute'>>,
): Promise<Tenant> =>
  recordedChange(sql, async (tx, outboxFor) => {
    const [current] = await tx<Tenant[]>`select ${columns(tx)} from tenants where slug = ${slug} for update`
    if (!current) throw notFound('tenant')
    const changes = changesOf(current, wanted)
    if (Object.keys(changes).length === 0) return current
    const [tenant] = await tx<[Tenant]>`
      update tenants
         set ${tx(wanted)}, updated_at = now(), version = version + 1
       where tenant_id = ${current.tenant_id}
      returning ${columns(tx)}`
    emitTenant(outboxFor(tenant.tenant_id), 'tenant.updated', tenant, changes)
    return tenant
  })

export const listTenants = (sql: Sql) => sql<Tenant[]>`select ${columns(sql)} from tenants order by slug`

/** Throws `not_found`. */
export async function getTenant(sql: Sql, slug: string): Promise<Tenant> {
  const [tenant] = await sql<Tenant[]>`select ${columns(sql)} from tenants where slug = ${slug}`
  if (!tenant) throw notFound('tenant')
  return tenant
}

function emitTenant(outbox: Outbox, type: 'tenant.created' | 'tenant.updated', tenant: Tenant, changes: Changes = {}) {
  const { tenant_id, slug, name, plan, is_test, version } = tenant
  outbox.emit(type, tenant_id, { tenant_id, slug, name, plan, is_test, changes, version })
}
