import type { Sql } from '@helpdesk/postgres'
import { type ActiveKey, findActiveKey, hashKey } from './api-keys.ts'

/** How long a key is trusted without asking the database, in case the event of its revocation is late. */
const trustMs = 30_000
const mostCached = 10_000

/** Looks API keys up, and remembers the good ones until they expire, are revoked, or have been trusted long enough. */
export class KeyRing {
  readonly #sql: Sql
  readonly #known = new Map<string, { key: ActiveKey; until: number }>()
  /** Rises whenever something is forgotten. */
  #forgotten = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Throws `invalid_api_key`. */
  async find(secret: string): Promise<ActiveKey> {
    const hash = hashKey(secret)
    const name = hash.toString('base64')
    const known = this.#known.get(name)
    if (known && known.until > Date.now()) return known.key
    this.#known.delete(name)
    const forgotten = this.#forgotten
    const key = await findActiveKey(this.#sql, hash)
    // Perhaps it was this key, revoked after it was read.
    if (forgotten !== this.#forgotten) return key
    if (this.#known.size >= mostCached) this.#known.clear()
    this.#known.set(name, { key, until: Math.min(Date.now() + trustMs, key.expires_at?.getTime() ?? Infinity) })
    return key
  }

  forgetAll(): void {
    this.#forgotten += 1
    this.#known.clear()
  }

  /** Forgets what may have changed: one key of a tenant, or all of them. */
  forget(tenantId: number, keyId?: number): void {
    this.#forgotten += 1
    for (const [name, { key }] of this.#known) {
      if (key.tenant_id === tenantId && (keyId === undefined || key.id === keyId)) this.#known.delete(name)
    }
  }
}
