import { connect, isUnreachable, type Sql } from '@helpdesk/postgres'
import { HelpdeskError } from '@helpdesk/proto/errors'
import type { Command } from 'commander'
import { databaseUrlOf, readLocalFile } from '../stack/local-file.ts'

/** Runs a command on the gateway's store and prints what it gives, or why it failed. */
export async function run(command: Command, work: (sql: Sql) => Promise<readonly object[]>): Promise<void> {
  const { databaseUrl, json } = command.optsWithGlobals()
  try {
    const sql = connect({ url: checkedUrl(databaseUrl ?? localDatabaseUrl()), name: 'admin', max: 1 })
    try {
      print(await work(sql), json)
    } finally {
      await sql.end()
    }
  } catch (error) {
    printError(isUnreachable(error) ? databaseAway(error) : error, json)
    process.exitCode = 1
  }
}

const unavailable = (message: string, cause?: unknown) => new HelpdeskError('unavailable', message, { cause })

function localDatabaseUrl(): string {
  const local = readLocalFile()
  if (!local) throw unavailable('There is no local system here: start one with npm start, or give --database-url.')
  return databaseUrlOf(local.postgres_url, 'gateway')
}

function checkedUrl(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  throw new HelpdeskError('validation_failed', 'database_url: Must be like postgres://user:password@host:5432/gateway.')
}

function databaseAway(error: unknown): HelpdeskError {
  // What is refused on IPv4 and IPv6 has a code and no message.
  const { message, code } = error as NodeJS.ErrnoException
  return unavailable(`The gateway's database cannot be reached: ${message || code}. Does the system run?`, error)
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
