import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
/** Data, logs, secrets and keys of the local system. */
export const folder = process.env.HELPDESK_FOLDER || join(root, '.helpdesk')
/** What can be fetched again, and is shared by every local system of this checkout. */
export const cacheFolder = join(root, '.helpdesk/cache')
export const localFile = join(folder, 'local.json')

/** What a running local system is reached by. */
export interface LocalSystem {
  gateway_url: string
  docs_url: string
  tenant: string
  keys: { full: string; read: string; write: string; admin: string }
  grpc: { tickets: string; catalog: string; audit: string; ai: string }
  grpc_token: string
  nats_url: string
  /** The server's database postgres; each service's database is beside it. */
  postgres_url: string
  health: Record<string, string>
  pids: Record<string, number>
}

export const readLocalFile = (): LocalSystem | undefined =>
  existsSync(localFile) ? JSON.parse(readFileSync(localFile, 'utf8')) : undefined

/** The URL of another database on the same server. */
export const databaseUrlOf = (serverUrl: string, database: string): string =>
  Object.assign(new URL(serverUrl), { pathname: `/${database}` }).toString()
