import { join } from 'node:path'
import { Bus, eventMigrations, follow, outboxBacklog, startRelay } from '@helpdesk/events'
import { connect, type Migrations, migrate } from '@helpdesk/postgres'
import { AiServiceService } from '@helpdesk/proto/ai'
import { AuditServiceService } from '@helpdesk/proto/audit'
import { CatalogServiceService } from '@helpdesk/proto/catalog'
import type { ApiKeyEvent } from '@helpdesk/proto/events'
import { TicketsServiceService } from '@helpdesk/proto/tickets'
import {
  connectGrpc,
  type HealthOptions,
  type Logger,
  outboxUpkeep,
  setOutboxBacklog,
  startHealthServer,
} from '@helpdesk/service'
import type { GatewayConfig } from './config.ts'
import { createApp } from './http/app.ts'
import { openRequestCounter } from './http/rate-limit.ts'
import { listen } from './http/server.ts'
import { KeyRing } from './store/key-ring.ts'

export const gatewayMigrations: Migrations[] = [
  eventMigrations,
  { folder: join(import.meta.dirname, '../migrations'), table: 'schema_migrations' },
]

const source = 'gateway'

/** Opens everything the gateway needs, in order, and closes it in reverse. */
export async function startGateway(config: GatewayConfig, log: Logger) {
  await using resources = new AsyncDisposableStack()
  await migrate(config.DATABASE_URL, gatewayMigrations)
  const sql = connect({ url: config.DATABASE_URL, name: source, max: config.DATABASE_POOL_SIZE })
  resources.defer(() => sql.end({ timeout: 2 }))
  const bus = resources.use(new Bus({ url: config.NATS_URL, name: source, replicas: config.NATS_STREAM_REPLICAS, log }))

  const keys = new KeyRing(sql)
  resources.use(
    follow({
      bus,
      subjects: ['helpdesk.events.v1.*.api_key.>', 'helpdesk.events.v1.*.tenant.>'],
      // A gap may have hidden a revocation, so everything is asked for again.
      onGap: () => keys.forgetAll(),
      handle: ({ tenantid, type, data }) =>
        keys.forget(tenantid, type === 'api_key.revoked' ? (data as ApiKeyEvent).api_key_id : undefined),
      log,
    }),
  )

  const client = <S>(service: S, address: string, deadlineMs = config.RPC_DEADLINE_MS) =>
    resources.use(connectGrpc(service, { address, token: config.SERVICE_TOKEN, deadlineMs }))
  const services = {
    tickets: client(TicketsServiceService, config.TICKETS_ADDRESS),
    catalog: client(CatalogServiceService, config.CATALOG_ADDRESS),
    audit: client(AuditServiceService, config.AUDIT_ADDRESS),
    ai: client(AiServiceService, config.AI_ADDRESS, config.AI_DEADLINE_MS),
  }
  resources.use(
    startRelay({ databaseUrl: config.DATABASE_URL, source, bus, ...outboxUpkeep(services.audit, source, config), log }),
  )
  const stopping = new AbortController()
  const health: HealthOptions = {
    stopping: stopping.signal,
    database: async () => setOutboxBacklog(await outboxBacklog(sql)),
    peers: {
      nats: () => bus.connected,
      tickets: () => services.tickets.isReachable(),
      catalog: () => services.catalog.isReachable(),
      audit: () => services.audit.isReachable(),
      ai: () => services.ai.isReachable(),
    },
  }
  const healthServer = resources.use(await startHealthServer(config.HEALTH_PORT, health))

  const counter = resources.use(await openRequestCounter(config.RATE_LIMIT_REDIS_URL, log))
  const app = createApp({
    keys,
    services,
    health,
    counter,
    ratePerMinute: config.RATE_LIMIT_PER_MINUTE,
    maxRequests: config.MAX_CONCURRENT_REQUESTS,
    baseDomain: config.BASE_DOMAIN,
    log,
  })
  const server = resources.use(
    await listen({ app, port: config.HTTP_PORT, host: config.HTTP_HOST, stopDelayMs: config.STOP_DELAY_MS }),
  )
  resources.defer(() => stopping.abort())

  const opened = resources.move()
  return {
    httpPort: server.port,
    healthPort: healthServer.port,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
