import type { Sql, Tx } from '@helpdesk/postgres'
import type { Config } from '@helpdesk/proto/ai'
import { defaultConfig } from './config.ts'

export const configColumns = (sql: Sql | Tx) => sql`
  enabled, key_hint, default_model, feature_models, features, monthly_cap_cents, rate_per_key_per_day, updated_at,
  version`

/** The tenant's settings; the defaults when it has set none. */
export async function readConfig(sql: Sql | Tx, tenantId: number): Promise<Config> {
  const [config] = await sql<Config[]>`select ${configColumns(sql)} from configs where tenant_id = ${tenantId}`
  return config ?? defaultConfig
}

/** The same, locked until the transaction ends. */
export async function lockConfig(tx: Tx, tenantId: number): Promise<Config> {
  const { enabled, default_model, version } = defaultConfig
  await tx`
    insert into configs (tenant_id, enabled, default_model, feature_models, features, version)
    values (${tenantId}, ${enabled}, ${default_model}, '{}', '{}', ${version})
    on conflict (tenant_id) do nothing`
  const [config] = await tx<[Config]>`
    select ${configColumns(tx)} from configs where tenant_id = ${tenantId} for update`
  return config
}
