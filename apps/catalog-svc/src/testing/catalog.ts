import { takeNatsAccount } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { CatalogServiceService } from '@helpdesk/proto/catalog'
import { connectGrpc, createLog, type OutgoingCall } from '@helpdesk/service'
import { catalogMigrations, startCatalog } from '../service.ts'
import { startTicketsStandIn } from './tickets.ts'

/** The real service on free ports, its own database and stream, a tickets-svc to ask, and a client. */
export async function startTestCatalog() {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(catalogMigrations))
  const natsUrl = await takeNatsAccount()
  const token = 'test-token-0123456789'
  const tickets = resources.use(await startTicketsStandIn(token))
  const config = {
    LOG_LEVEL: 'silent' as const,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: 10,
    NATS_URL: natsUrl,
    NATS_STREAM_REPLICAS: 1,
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: 0,
    HEALTH_PORT: 0,
    SERVICE_TOKENS: new Map([['tests', token]]),
    TICKETS_ADDRESS: tickets.address,
    TICKETS_TOKEN: token,
    OUTBOX_KEEP_HOURS: 1,
    OUTBOX_MAX_DAYS: 30,
    // Nobody there: events go out without it.
    AUDIT_ADDRESS: '127.0.0.1:1',
    AUDIT_TOKEN: token,
    CURSOR_SECRET: 'test-cursor-secret-0123456789',
  }
  const service = resources.use(
    await startCatalog(config, createLog('catalog-svc', process.env.TEST_LOG_LEVEL ?? 'silent')),
  )
  const sql = connect({ url: database.url, name: 'tests', max: 2 })
  resources.defer(() => sql.end())
  const address = `127.0.0.1:${service.grpcPort}`
  const client = resources.use(connectGrpc(CatalogServiceService, { address, token, deadlineMs: 10_000 }))
  const opened = resources.move()
  return { client, sql, natsUrl, address, service, tickets, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A call for a tenant by API key 17. */
export const callFor = (tenantId: number, more: Partial<OutgoingCall> = {}): OutgoingCall => ({
  tenantId,
  actor: { kind: 'api', id: '17' },
  via: '',
  requestId: 'req_test',
  ...more,
})
