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
  connectGrpc,
  type GrpcClient,
  type Logger,
  outboxUpkeep,
  setDeadLetters,
  setOutboxBacklog,
  startGrpcServer,
  startHealthServer,
} from '@helpdesk/service'
import { beforeEach } from './before-each.ts'
import { checkActor } from './check-actor.ts'
import type { TicketsConfig } from './config.ts'
import { onHelpTopicChanged } from './consumers/on-help-topic-changed.ts'
import { onTagChanged } from './consumers/on-tag-changed.ts'
import { ticketsHandlers } from './grpc.ts'
import { defaultQueues } from './queues/default-queue.ts'

/** What the slices work with. */
export interface Tickets {
  sql: Sql
  mutate: Mutate
  catalog: GrpcClient<CatalogServiceService>
  cursorSecret: string
  reopenDays: number
}

export const ticketsMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

const source = 'tickets-svc'

/** Opens everything the service needs, in order, and closes it in reverse. */
export async function startTickets(config: TicketsConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, ticketsMigrations)
  const sql = connect({ url: config.DATABASE_URL, name: source, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name: source, replicas: config.NATS_STREAM_REPLICAS, log }))
  const audit = resources.use(
    connectGrpc(AuditServiceService, { address: config.AUDIT_ADDRESS, token: config.AUDIT_TOKEN, deadlineMs: 5_000 }),
  )
  const relay = resources.use(
    startRelay({ databaseUrl: config.DATABASE_URL, source, bus, ...outboxUpkeep(audit, source, config), log }),
  )
  const catalog = resources.use(
    connectGrpc(CatalogServiceService, {
      address: config.CATALOG_ADDRESS,
      token: config.CATALOG_TOKEN,
      deadlineMs: 2_000,
    }),
  )
  resources.use(onTagChanged({ bus, sql, log }))
  resources.use(onHelpTopicChanged({ bus, sql, log }))
  const tickets: Tickets = {
    sql,
    mutate: mutator({ sql, source, checkActor: (call) => checkActor(sql, call), wake: relay.wake }),
    catalog,
    cursorSecret: config.CURSOR_SECRET,
    reopenDays: config.TICKET_REOPEN_DAYS,
  }
  const ensureDefaultQueue = defaultQueues({ sql, source, wake: relay.wake })
  const server = resources.use(
    await startGrpcServer({
      service: TicketsServiceService,
      handlers: beforeEach(ensureDefaultQueue, ticketsHandlers(tickets)),
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
      peers: { nats: () => bus.connected, catalog: () => catalog.isReachable(), audit: () => audit.isReachable() },
    }),
  )
  const opened = resources.move()
  return {
    grpcPort: server.port,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
