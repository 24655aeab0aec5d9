import { hash, randomBytes } from 'node:crypto'
import type { Sql, Tx } from '@helpdesk/postgres'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'
import type { Plan, Scope } from '@helpdesk/proto/values'
import { recordedChange } from './recorded-change.ts'
import type { Tenant } from './tenants.ts'

export interface ApiKey {
  tenant_id: number
  id: number
  name: string
  prefix: string
  scopes: Scope[]
  rate_limit_per_minute: number | null
  allowed_origins: string[] | null
  expires_at: Date | null
  revoked_at: Date | null
  created_at: Date
}

/** A key that may be used now, with its tenant. */
export interface ActiveKey {
  tenant_id: number
  id: number
  scopes: Scope[]
  /** Requests a minute: the key's own, else its tenant's, else null. */
  rate_limit_per_minute: number | null
  allowed_origins: string[] | null
  expires_at: Date | null
  tenant_slug: string
  plan: Plan
}

const columns = (sql: Sql | Tx) => sql`
  tenant_id, id, name, prefix, scopes, rate_limit_per_minute, allowed_origins, expires_at, revoked_at, created_at`

/** The form in which keys are stored and looked up. */
export const hashKey = (key: string): Buffer => hash('sha256', key, 'buffer')

/** `mc_live_` or `mc_test_` and 32 random bytes. */
export const keyPattern = /^mc_(live|test)_[A-Za-z0-9_-]{43}$/

interface NewApiKey {
  name: string
  scopes: readonly Scope[]
  rate_limit_per_minute?: number | undefined
  allowed_origins?: string[] | undefined
  expires_at?: Date | undefined
}

/** Makes a key. What `key` holds is shown this once and stored nowhere. */
export const createApiKey = (sql: Sql, tenant: Tenant, wanted: NewApiKey): Promise<ApiKey & { key: string }> =>
  recordedChange(sql, async (tx, outboxFor) => {
    const key = `mc_${tenant.is_test ? 'test' : 'live'}_${randomBytes(32).toString('base64url')}`
    const [row] = await tx<[ApiKey]>`
      insert into api_keys ${tx({
        tenant_id: tenant.tenant_id,
        name: wanted.name,
        prefix: key.slice(0, 12),
        key_hash: hashKey(key),
        scopes: [...wanted.scopes],
        rate_limit_per_minute: wanted.rate_limit_per_minute ?? null,
        allowed_origins: wanted.allowed_origins ?? null,
        expires_at: wanted.expires_at ?? null,
      })}
      returning ${columns(tx)}`
    const { id, name, prefix, scopes } = row
    outboxFor(tenant.tenant_id).emit('api_key.created', id, { api_key_id: id, name, prefix, scopes })
    return { ...row, key }
  })

/** Revokes a key; a revoked one stays revoked. Throws `not_found`. */
export const revokeApiKey = (sql: Sql, tenantId: number, id: number): Promise<ApiKey> =>
  recordedChange(sql, async (tx, outboxFor) => {
    const [current] = await tx<ApiKey[]>`
      select ${columns(tx)} from api_keys where tenant_id = ${tenantId} and id = ${id} for update`
    if (!current) throw notFound('API key')
    if (current.revoked_at) return current
    const [row] = await tx<[ApiKey]>`
      update api_keys set revoked_at = now() where tenant_id = ${tenantId} and id = ${id} returning ${columns(tx)}`
    const { name, prefix, scopes } = row
    outboxFor(tenantId).emit('api_key.revoked', id, { api_key_id: id, name, prefix, scopes })
    return row
  })

export const listApiKeys = (sql: Sql, tenantId: number) =>
  sql<ApiKey[]>`select ${columns(sql)} from api_keys where tenant_id = ${tenantId} order by id`

/** Looks a key up by its hash. Throws `invalid_api_key` for one that is unknown, revoked or expired. */
export async function findActiveKey(sql: Sql, keyHash: Buffer): Promise<ActiveKey> {
  const [key] = await sql<ActiveKey[]>`
    select k.tenant_id, k.id, k.scopes, k.allowed_origins, k.expires_at, t.slug as tenant_slug, t.plan,
           coalesce(k.rate_limit_per_minute, t.rate_limit_per_minute) as rate_limit_per_minute
      from api_keys k
      join tenants t using (tenant_id)
     where k.key_hash = ${keyHash} and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`
  if (!key) throw invalidKey()
  return key
}

export const invalidKey = () =>
  new HelpdeskError('invalid_api_key', 'The API key is missing, unknown, revoked or expired.')
