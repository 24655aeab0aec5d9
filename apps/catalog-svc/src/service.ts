import { join } from 'node:path'
import {
  Bus,
  countDeadLetters,
  eventMigrations,
  type Mutate,
  mutator,
  outboxBacklog,
  startRelay,
} from '@helpdesk/events'
import { connect, type Migrations, migrate, postgresError, type Sql } from '@helpdesk/postgres'
import { AuditServiceService } from '@helpdesk/proto/audit'
import { CatalogServiceService } from '@helpdesk/proto/catalog'
import { TicketsServiceService } from '@helpdesk/proto/tickets'
import {
  checkActor,
  connectGrpc,
  type GrpcClient,
  type Logger,
  outboxUpkeep,
  setDeadLetters,
  setOutboxBacklog,
  startGrpcServer,
  startHealthServer,
} from '@helpdesk/service'
import type { CatalogConfig } from './config.ts'
import { countCannedResponseUse } from './consumers/on-ticket-replied.ts'
import { catalogHandlers } from './grpc.ts'

/** What the slices work with. */
export interface Catalog {
  sql: Sql
  mutate: Mutate
  tickets: GrpcClient<TicketsServiceService>
  cursorSecret: string
}

export const catalogMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

const source = 'catalog-svc'

/** Opens everything the service needs, in order, and closes it in reverse. */
export async function startCatalog(config: CatalogConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, catalogMigrations)
  const sql = connect({ url: config.DATABASE_URL, name: source, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name: source, replicas: config.NATS_STREAM_REPLICAS, log }))
  const audit = resources.use(
    connectGrpc(AuditServiceService, { address: config.AUDIT_ADDRESS, token: config.AUDIT_TOKEN, deadlineMs: 5_000 }),
  )
  const relay = resources.use(
    startRelay({ databaseUrl: config.DATABASE_URL, source, bus, ...outboxUpkeep(audit, source, config), log }),
  )
  resources.use(countCannedResponseUse({ bus, sql, log }))
  const tickets = resources.use(
    connectGrpc(TicketsServiceService, {
      address: config.TICKETS_ADDRESS,
      token: config.TICKETS_TOKEN,
      deadlineMs: 3_000,
    }),
  )
  const catalog: Catalog = {
    sql,
    mutate: mutator({ sql, source, checkActor: (call) => checkActor(tickets, call), wake: relay.wake }),
    tickets,
    cursorSecret: config.CURSOR_SECRET,
  }
  const server = resources.use(
    await startGrpcServer({
      service: CatalogServiceService,
      handlers: catalogHandlers(catalog),
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
      async database() {
        setOutboxBacklog(await outboxBacklog(sql))
        setDeadLetters(await countDeadLetters(sql))
      },
      peers: { nats: () => bus.connected, tickets: () => tickets.isReachable(), audit: () => audit.isReachable() },
    }),
  )
  const opened = resources.move()
  return {
    grpcPort: server.port,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
