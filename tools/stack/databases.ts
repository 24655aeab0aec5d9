import { connect } from '@helpdesk/postgres'

/** One database for each service, which nobody else reads. */
export const databases = ['gateway', 'tickets', 'catalog', 'audit', 'ai'] as const

/** Makes those that the server does not have yet. */
export async function createDatabases(serverUrl: string): Promise<void> {
  const sql = connect({ url: serverUrl, name: 'start', max: 1, statementTimeoutMs: 60_000 })
  try {
    const existing = await sql<{ datname: string }[]>`select datname from pg_database`
    const missing = databases.filter((name) => !existing.some(({ datname }) => datname === name))
    for (const name of missing) await sql`create database ${sql(name)}`
  } finally {
    await sql.end()
  }
}
