import { openPublisher, takeNatsAccount } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { AuditServiceService } from '@helpdesk/proto/audit'
import type { DomainEvent, EventType } from '@helpdesk/proto/events'
import { connectGrpc, createLog, type OutgoingCall } from '@helpdesk/service'
import { auditMigrations, startAudit } from '../service.ts'

/** The real service on free ports, its own database and stream, a publisher, and a client. */
export async function startTestAudit() {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(auditMigrations))
  const natsUrl = await takeNatsAccount()
  const token = 'test-token-0123456789'
  const config = {
    LOG_LEVEL: 'silent' as const,
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: 4,
    NATS_URL: natsUrl,
    NATS_STREAM_REPLICAS: 1,
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: 0,
    HEALTH_PORT: 0,
    SERVICE_TOKENS: new Map([['tests', token]]),
    CURSOR_SECRET: 'test-cursor-secret-0123456789',
  }
  /** An instance of the service, and its client. */
  const startInstance = async (databaseUrl = database.url) => {
    await using parts = new AsyncDisposableStack()
    const log = createLog('audit-svc', process.env.TEST_LOG_LEVEL ?? 'silent')
    const service = parts.use(await startAudit({ ...config, DATABASE_URL: databaseUrl }, log))
    const address = `127.0.0.1:${service.grpcPort}`
    const client = parts.use(connectGrpc(AuditServiceService, { address, token, deadlineMs: 10_000 }))
    const started = parts.move()
    return { client, [Symbol.asyncDispose]: () => started.disposeAsync() }
  }
  const first = resources.use(await startInstance())
  const sql = connect({ url: database.url, name: 'tests', max: 2 })
  resources.defer(() => sql.end())
  const publisher = resources.use(await openPublisher(natsUrl))
  const opened = resources.move()
  return {
    client: first.client,
    sql,
    publish: publisher.publish,
    publishRaw: publisher.publishRaw,
    databaseUrl: database.url,
    /** Keeps events from being recorded for a while: the consumer waits for the log. */
    async holdConsumer() {
      const since = new Date()
      const holder = connect({ url: database.url, name: 'tests', max: 1 })
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const { promise: held, resolve: hold } = Promise.withResolvers<void>()
      const holding = holder.begin(async (tx) => {
        await tx`lock table audit_heads in exclusive mode`
        hold()
        await released
      })
      await held
      return {
        since,
        async [Symbol.asyncDispose]() {
          release()
          await holding
          await holder.end()
        },
      }
    },
    /** What a process of the service takes from its environment. */
    env: { ...config, SERVICE_TOKENS: `tests:${token}` },
    stopFirst: () => first[Symbol.asyncDispose](),
    startInstance,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** A call for a tenant by API key 17. */
export const callFor = (tenantId: number): OutgoingCall => ({
  tenantId,
  actor: { kind: 'api', id: '17' },
  via: '',
  requestId: 'req_test',
})

let eventCount = 0

/** An event of a tenant, by API key 17, about ticket 1 unless `more` says otherwise. */
export const eventOf = (tenantId: number, type: EventType, more: Partial<DomainEvent> = {}): DomainEvent => ({
  specversion: '1.0',
  id: `evt_${++eventCount}`,
  type,
  source: '/helpdesk/tests',
  subject: 'tickets/1',
  time: '2026-11-24T10:00:00.123Z',
  datacontenttype: 'application/json',
  tenantid: tenantId,
  actorkind: 'api',
  actorid: '17',
  via: '',
  requestid: 'req_test',
  data: { ticket_id: 1, reference: 'HD-7K2M9QX', changes: { status: ['open', 'pending'] }, version: 2 },
  ...more,
})
