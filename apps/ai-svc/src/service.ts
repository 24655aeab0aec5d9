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
import { AiServiceService } from '@helpdesk/proto/ai'
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
import type { AiConfig } from './config.ts'
import { followTenants } from './consumers/on-tenant-change.ts'
import { aiHandlers } from './grpc.ts'
import type { MasterKeys } from './settings/master-keys.ts'
import type { Prices } from './spend/prices.ts'
import { startUpkeep } from './upkeep.ts'

/** What the slices work with. */
export interface Ai {
  sql: Sql
  mutate: Mutate
  /** Has the relay look at the outbox at once. */
  wake: () => void
  tickets: GrpcClient<TicketsServiceService>
  catalog: GrpcClient<CatalogServiceService>
  audit: GrpcClient<AuditServiceService>
  masterKeys: MasterKeys
  prices: Prices
  anthropicBaseUrl: string | undefined
  hookDeadlineMs: number
  log: Logger
}

export const aiMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

export const source = 'ai-svc'

/** Opens everything the service needs, in order, and closes it in reverse. */
export async function startAi(config: AiConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, aiMigrations)
  const sql = connect({ url: config.DATABASE_URL, name: source, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name: source, replicas: config.NATS_STREAM_REPLICAS, log }))
  const client = <S>(service: S, address: string, token: string) =>
    resources.use(connectGrpc(service, { address, token, deadlineMs: 5_000 }))
  const tickets = client(TicketsServiceService, config.TICKETS_ADDRESS, config.TICKETS_TOKEN)
  const catalog = client(CatalogServiceService, config.CATALOG_ADDRESS, config.CATALOG_TOKEN)
  const audit = client(AuditServiceService, config.AUDIT_ADDRESS, config.AUDIT_TOKEN)
  const { wake } = resources.use(
    startRelay({ databaseUrl: config.DATABASE_URL, source, bus, ...outboxUpkeep(audit, source, config), log }),
  )
  resources.use(followTenants({ bus, sql, log }))
  const ai: Ai = {
    sql,
    mutate: mutator({ sql, source, checkActor: (call) => checkActor(tickets, call), wake }),
    wake,
    tickets,
    catalog,
    audit,
    masterKeys: config.AI_KEY_ENCRYPTION_KEY,
    prices: config.AI_MODEL_PRICES,
    anthropicBaseUrl: config.ANTHROPIC_BASE_URL,
    hookDeadlineMs: config.HOOK_DEADLINE_MS,
    log,
  }
  resources.use(startUpkeep(ai))
  const server = resources.use(
    await startGrpcServer({
      service: AiServiceService,
      handlers: aiHandlers(ai),
      host: config.GRPC_HOST,
      port: config.GRPC_PORT,
      tokens: config.SERVICE_TOKENS,
      maxCalls: config.MAX_CONCURRENT_CALLS,
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
      peers: {
        nats: () => bus.connected,
        tickets: () => tickets.isReachable(),
        catalog: () => catalog.isReachable(),
        audit: () => audit.isReachable(),
      },
    }),
  )
  const opened = resources.move()
  return {
    grpcPort: server.port,
    healthPort: health.port,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
