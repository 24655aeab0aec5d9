import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Made once for a checkout and kept, so that cursors, stored AI keys and gRPC clients outlive a restart. */
export interface Secrets {
  cursor_secret: string
  /** 32 bytes, base64. */
  ai_key_encryption_key: string
  /** By caller. `local` is for you: it stands in local.json. */
  service_tokens: Record<'gateway' | 'tickets-svc' | 'catalog-svc' | 'ai-svc' | 'local', string>
}

export function keepSecrets(file: string): Secrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const token = () => randomBytes(32).toString('base64url')
  const secrets: Secrets = {
    cursor_secret: token(),
    ai_key_encryption_key: randomBytes(32).toString('base64'),
    service_tokens: {
      gateway: token(),
      'tickets-svc': token(),
      'catalog-svc': token(),
      'ai-svc': token(),
      local: token(),
    },
  }
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}
