import { join } from 'node:path'
import { Bus, countDeadLetters, eventMigrations } from '@helpdesk/events'
import { connect, type Migrations, migrate, postgresError, type Sql } from '@helpdesk/postgres'
import { AiServiceService } from '@helpdesk/proto/ai'
import { type Logger, setDeadLetters, startGrpcServer, startHealthServer } from '@helpdesk/service'
import type { AiConfig } from './config.ts'
import { followTenants } from './consumers/on-tenant-change.ts'
import { aiHandlers } from './grpc.ts'

/** What the slices work with. */
export interface Ai {
  sql: Sql
}

export const aiMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

const name = 'ai-svc'

/** Opens everything the service needs, in order, and closes it in reverse. */
export async function startAi(config: AiConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, aiMigrations)
  const sql = connect({ url: config.DATABASE_URL, name, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name, replicas: config.NATS_STREAM_REPLICAS, log }))
  resources.use(followTenants({ bus, sql, log }))
  const server = resources.use(
    await startGrpcServer({
      service: AiServiceService,
      handlers: aiHandlers({ sql }),
      host: config.GRPC_HOST,
      port: config.GRPC_PORT,
      tokens: config.SERVICE_TOKENS,
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
