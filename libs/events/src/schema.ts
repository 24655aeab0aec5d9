import { join } from 'node:path'
import type { Migrations } from '@helpdesk/postgres'

/** The tables of the outbox, idempotency keys and consumers, which every database with changes or consumers has. */
export const eventMigrations: Migrations = {
  folder: join(import.meta.dirname, '../migrations'),
  table: 'schema_migrations_events',
}
