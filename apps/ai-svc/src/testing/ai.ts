import { openPublisher, takeNatsAccount } from '@helpdesk/events/testing'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { AiServiceService } from '@helpdesk/proto/ai'
import { connectGrpc, createLog, type OutgoingCall } from '@helpdesk/service'
import { aiMigrations, startAi } from '../service.ts'

/** The real service on free ports, its own database and stream, a publisher, and a client. */
export async function startTestAi() {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(aiMigrations))
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
  }
  const service = resources.use(await startAi(config, createLog('ai-svc', process.env.TEST_LOG_LEVEL ?? 'silent')))
  const address = `127.0.0.1:${service.grpcPort}`
  const client = resources.use(connectGrpc(AiServiceService, { address, token, deadlineMs: 10_000 }))
  const { publish } = resources.use(await openPublisher(natsUrl))
  const opened = resources.move()
  return { client, publish, healthPort: service.healthPort, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A call for a tenant by API key 17. */
export const callFor = (tenantId: number): OutgoingCall => ({
  tenantId,
  actor: { kind: 'api', id: '17' },
  via: '',
  requestId: 'req_test',
})
