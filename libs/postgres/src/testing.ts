// Test databases. TEST_POSTGRES_URL names the server; the test run sets it.

import { createHash, randomBytes } from 'node:crypto'
import { connect, type Migrations, migrate } from './database.ts'

/** A database of a test file's own, copied from a migrated template that all files with these migrations share. */
export async function createTestDatabase(
  migrations: readonly Migrations[],
): Promise<{ url: string } & AsyncDisposable> {
  const server = process.env.TEST_POSTGRES_URL
  if (!server) throw new Error('TEST_POSTGRES_URL is not set: run the tests with npm test or nx')
  const admin = connect({ url: server, name: 'tests', max: 1, statementTimeoutMs: 60_000 })
  const urlOf = (database: string) => Object.assign(new URL(server), { pathname: `/${database}` }).toString()
  const template = `template_${createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 12)}`
  const name = `test_${randomBytes(6).toString('hex')}`

  // Session lock: `create database` cannot run inside a transaction.
  await admin`select pg_advisory_lock(hashtextextended(${template}, 0))`
  const [exists] = await admin`select 1 from pg_database where datname = ${template}`
  if (!exists) await admin`create database ${admin(template)}`
  if (migrations.length > 0) await migrate(urlOf(template), migrations)
  await admin`create database ${admin(name)} template ${admin(template)}`
  await admin`select pg_advisory_unlock(hashtextextended(${template}, 0))`

  return {
    url: urlOf(name),
    async [Symbol.asyncDispose]() {
      await admin`drop database ${admin(name)} with (force)`
      await admin.end({ timeout: 1 })
    },
  }
}
