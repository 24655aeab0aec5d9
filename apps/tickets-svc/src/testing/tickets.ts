import { Outbox } from '@helpdesk/events'
import { readStream, takeNatsAccount } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import type { DomainEvent, EventData, EventType } from '@helpdesk/proto/events'
import { CreateAgentRequest, CreateTicketRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { connectGrpc, createLog, type OutgoingCall } from '@helpdesk/service'
import { startTickets, ticketsMigrations } from '../service.ts'
import { startCatalogStandIn } from './catalog-stand-in.ts'

/** The real service on free ports, its own database and stream, a stand-in for catalog-svc, and a client. */
export async function startTestTickets() {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(ticketsMigrations))
  const catalog = resources.use(await startCatalogStandIn())
  const natsUrl = await takeNatsAccount()
  const token = 'test-token-0123456789'
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
    OUTBOX_KEEP_HOURS: 1,
    OUTBOX_MAX_DAYS: 30,
    // Nobody there: events go out without it.
    AUDIT_ADDRESS: '127.0.0.1:1',
    AUDIT_TOKEN: token,
    CURSOR_SECRET: 'test-cursor-secret-0123456789',
    CATALOG_ADDRESS: catalog.address,
    CATALOG_TOKEN: catalog.token,
    TICKET_REOPEN_DAYS: 7,
  }
  const service = resources.use(
    await startTickets(config, createLog('tickets-svc', process.env.TEST_LOG_LEVEL ?? 'silent')),
  )
  const sql = connect({ url: database.url, name: 'tests', max: 2 })
  resources.defer(() => sql.end())
  const address = `127.0.0.1:${service.grpcPort}`
  const client = resources.use(connectGrpc(TicketsServiceService, { address, token, deadlineMs: 10_000 }))
  const opened = resources.move()
  return {
    client,
    sql,
    catalog,
    service,

    /** Opens a ticket of which only a field or two matter. */
    open: (call: OutgoingCall, more: Parameters<typeof CreateTicketRequest.fromPartial>[0] = {}): Promise<Ticket> =>
      client.createTicket(
        CreateTicketRequest.fromPartial({
          subject: 'Broken',
          body_md: 'It is broken.',
          ...(!more.requester_id && { requester: { email: 'carla@example.org', name: 'Carla Example' } }),
          ...more,
        }),
        call,
      ),

    hire: (call: OutgoingCall, name: string) =>
      client.createAgent(CreateAgentRequest.fromPartial({ name, email: `${name.toLowerCase()}@example.com` }), call),

    /** What subscribers were told of a tenant, in order. */
    async told<T extends EventType>(tenantId: number, ...types: T[]): Promise<DomainEvent<T>[]> {
      const events = await readStream(natsUrl)
      return events.filter(({ tenantid, type }) => tenantid === tenantId && types.includes(type as T)) as never
    },

    /** Publishes an event as another service would. */
    async publish<T extends EventType>(tenantId: number, type: T, resourceId: number, data: EventData[T]) {
      const outbox = new Outbox('catalog-svc', callFor(tenantId))
      outbox.emit(type, resourceId, data)
      await sql.begin((tx) => outbox.write(tx))
    },

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export type TestTickets = Awaited<ReturnType<typeof startTestTickets>>

/** A call for a tenant by API key 17. */
export const callFor = (tenantId: number, more: Partial<OutgoingCall> = {}): OutgoingCall => ({
  tenantId,
  actor: { kind: 'api', id: '17' },
  via: '',
  requestId: 'req_test',
  ...more,
})
