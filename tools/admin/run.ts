import { connect, isUnreachable, type Sql } from '@helpdesk/postgres'
import { HelpdeskError, invalidField } from '@helpdesk/proto/errors'
import type { Command } from 'commander'
import { databaseUrlOf, readLocalFile } from '../stack/local-file.ts'

/** Runs a command on the gateway's store and prints what it gives, or why it failed. */
export const run = (command: Command, work: (sql: Sql) => Promise<readonly object[]>): Promise<void> =>
  report(command, () => onDatabase(gatewayDatabase(command), work))

/** Prints what a command gives, or why it failed. */
export async function report(command: Command, work: () => Promise<readonly object[]>): Promise<void> {
  const { json } = command.optsWithGlobals()
  try {
    print(await work(), json)
  } catch (error) {
    printError(error, json)
    process.exitCode = 1
  }
}

export interface Database {
  /** Whose it is. */
  owner: string
  url: string
}

export async function onDatabase<T>({ owner, url }: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect({ url, name: 'admin', max: 1 })
  try {
    return await work(sql)
  } catch (error) {
    throw isUnreachable(error) ? databaseAway(owner, error) : error
  } finally {
    await sql.end()
  }
}

const unavailable = (message: string, cause?: unknown) => new HelpdeskError('unavailable', message, { cause })

function gatewayDatabase(command: Command): Database {
  const { databaseUrl } = command.optsWithGlobals()
  const url = databaseUrl ?? localDatabaseUrl('gateway', '--database-url')
  return { owner: 'the gateway', url: checkedUrl(url, 'database_url') }
}

/** A database of the local system. `option` is what names another. */
export function localDatabaseUrl(database: string, option: string): string {
  const local = readLocalFile()
  if (!local) throw unavailable(`There is no local system here: start one with npm start, or give ${option}.`)
  return databaseUrlOf(local.postgres_url, database)
}

/** Throws `validation_failed`. */
export function checkedUrl(url: string, path: string): string {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  throw invalidField(path, 'invalid_format', 'Must be like postgres://user:password@host:5432/database.')
}

function databaseAway(owner: string, error: unknown): HelpdeskError {
  // What is refused on IPv4 and IPv6 has a code and no message.
  const { message, code } = error as NodeJS.ErrnoException
  const whose = `${owner[0]?.toUpperCase()}${owner.slice(1)}'s`
  return unavailable(`${whose} database cannot be reached: ${message || code}. Does the system run?`, error)
}

function print(rows: readonly object[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify(rows, null, 2))
    return
  }
  if (rows.length === 0) console.log('None.')
  for (const row of rows) {
    for (const [field, value] of Object.entries(row)) console.log(`${field.padEnd(22)} ${shown(value)}`)
    console.log()
  }
}

function shown(value: unknown): string {
  if (value === null) return '-'
  if (value instanceof Date) return value.toISOString()
  if (!Array.isArray(value)) return String(value)
  const each = value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)))
  return each.join(each.some((item) => item.startsWith('{')) ? `\n${' '.repeat(23)}` : ', ') || '-'
}

function printError(error: unknown, json: boolean): void {
  if (!(error instanceof HelpdeskError)) console.error(String(error))
  else if (json) {
    const { code, message, fields, details } = error
    console.error(JSON.stringify({ error: { code, message, fields, ...details } }, null, 2))
  } else if (error.fields.length === 0) console.error(error.message)
  else for (const { path, message } of error.fields) console.error(`${path}: ${message}`)
}
