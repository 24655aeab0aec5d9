import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** A tenant's Anthropic key as it lies in the database. */
export interface SealedKey {
  /** Of the master key it is encrypted with. */
  key_id: string
  key_nonce: Buffer
  key_ciphertext: Buffer
  key_tag: Buffer
}

const algorithm = 'aes-256-gcm'

/** The keys that encrypt the tenants' keys. The first encrypts; the others still read what they encrypted. */
export class MasterKeys {
  readonly #keys: ReadonlyMap<string, Buffer>
  /** The id of the one that encrypts. */
  readonly current: string
  /** The ids of the others. */
  readonly former: string[]

  private constructor(keys: ReadonlyMap<string, Buffer>) {
    const [current = '', ...former] = keys.keys()
    this.#keys = keys
    this.current = current
    this.former = former
  }

  /** Reads `id:base64,id:base64`. Undefined when it is not that, or a key is not of 32 bytes. */
  static parse(text: string): MasterKeys | undefined {
    const pairs = text.split(',').map((pair) => /^([\w-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(pair.trim()))
    const keys = new Map(pairs.map((match) => [match?.[1], Buffer.from(match?.[2] ?? '', 'base64')]))
    const isWhole = keys.size === pairs.length && !keys.has(undefined)
    return isWhole ? new MasterKeys(keys as ReadonlyMap<string, Buffer>) : undefined
  }

  /** The tenant and the master's id are authenticated with it: a row that was copied to another tenant opens nothing. */
  seal(tenantId: number, apiKey: string): SealedKey {
    const key_id = this.current
    const key_nonce = randomBytes(12)
    const cipher = createCipheriv(algorithm, this.#key(key_id), key_nonce).setAAD(associated(tenantId, key_id))
    const key_ciphertext = Buffer.concat([cipher.update(apiKey, 'utf8'), cipher.final()])
    return { key_id, key_nonce, key_ciphertext, key_tag: cipher.getAuthTag() }
  }

  /** Throws when its master is not there any more, or the row was tampered with. */
  open(tenantId: number, { key_id, key_nonce, key_ciphertext, key_tag }: SealedKey): string {
    const decipher = createDecipheriv(algorithm, this.#key(key_id), key_nonce, { authTagLength: 16 })
    decipher.setAAD(associated(tenantId, key_id)).setAuthTag(key_tag)
    return decipher.update(key_ciphertext, undefined, 'utf8') + decipher.final('utf8')
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id)
    if (!key) throw new Error(`There is no master key ${id}`)
    return key
  }
}

const associated = (tenantId: number, keyId: string) => Buffer.from(JSON.stringify([tenantId, keyId]))
