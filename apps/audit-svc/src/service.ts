import { join } from 'node:path'
import { Bus, countDeadLetters, eventMigrations } from '@helpdesk/events'
import { connect, type Migrations, migrate, postgresError, type Sql } from '@helpdesk/postgres'
import { AuditServiceService } from '@helpdesk/proto/audit'
import { type Logger, setDeadLetters, startGrpcServer, startHealthServer } from '@helpdesk/service'
import type { AuditConfig } from './config.ts'
import { consumeEvents } from './consumers/on-event.ts'
import { auditHandlers } from './grpc.ts'

/** What the slices work with. */
export interface Audit {
  sql: Sql
  bus: Bus
  cursorSecret: string
}

export const auditMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

/** The service's name, and its consumer's. */
export const name = 'audit-svc'
/** May insert into the log and read it; the migration grants what it may. */
const role = 'helpdesk_audit'

/** Opens everything the service needs, in order, and closes it in reverse. */
export async function startAudit(config: AuditConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, auditMigrations)
  const sql = connect({ url: config.DATABASE_URL, name, role, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name, replicas: config.NATS_STREAM_REPLICAS, log }))
  resources.use(consumeEvents({ bus, databaseUrl: config.DATABASE_URL, role, consumer: name, log }))
  const server = resources.use(
    await startGrpcServer({
      service: AuditServiceService,
      handlers: auditHandlers({ sql, bus, cursorSecret: config.CURSOR_SECRET }),
      host: config.GRPC_HOST,
      port: config.GRPC_PORT,
      tokens: config.SERVICE_TOKENS,
      maxCalls: 10 * config.DATABASE_POOL_SIZE,
      explain: postgresError,
      log,
    }),
  )
  const health = resources.use(
    await startHealthServer(config.HEALTH_PORT, {
      database: async () => setDeadLetters(await countDeadLetters(sql)),
      peers: { nats: () => bus.connected },
    }),
  )
  const opened = resources.move()
  return {
    grpcPort: server.port,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
