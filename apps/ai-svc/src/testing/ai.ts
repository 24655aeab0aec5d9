import { openPublisher, takeNatsAccount } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { AiServiceService } from '@helpdesk/proto/ai'
import { connectGrpc, createLog, type OutgoingCall } from '@helpdesk/service'
import { startAnthropicStandIn } from '../../../../tools/anthropic/stand-in.ts'
import { readAiConfig } from '../config.ts'
import { aiMigrations, startAi } from '../service.ts'
import { masterKey } from './master-key.ts'

/** Of a service that is not there. */
const nobody = '127.0.0.1:1'

/**
 * The real service on free ports, its own database and stream, a stand-in for Anthropic, a publisher, and a client.
 * Peers are away unless `env` says where they are.
 */
export async function startTestAi(env: Record<string, string> = {}) {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(aiMigrations))
  const natsUrl = await takeNatsAccount()
  const anthropic = resources.use(await startAnthropicStandIn())
  const token = 'test-token-0123456789'
  const config = readAiConfig({
    DATABASE_URL: database.url,
    NATS_URL: natsUrl,
    GRPC_HOST: '127.0.0.1',
    GRPC_PORT: '0',
    HEALTH_PORT: '0',
    SERVICE_TOKENS: `tests:${token}`,
    TICKETS_ADDRESS: nobody,
    TICKETS_TOKEN: token,
    CATALOG_ADDRESS: nobody,
    CATALOG_TOKEN: token,
    AUDIT_ADDRESS: nobody,
    AUDIT_TOKEN: token,
    AI_KEY_ENCRYPTION_KEY: masterKey('test'),
    ANTHROPIC_BASE_URL: anthropic.url,
    HOOK_DEADLINE_MS: '10000',
    ...env,
  })
  const log = createLog('ai-svc', process.env.TEST_LOG_LEVEL ?? 'silent')
  const service = resources.use(await startAi(config, log))
  const sql = connect({ url: database.url, name: 'tests', max: 2 })
  resources.defer(() => sql.end())
  const address = `127.0.0.1:${service.grpcPort}`
  const client = resources.use(connectGrpc(AiServiceService, { address, token, deadlineMs: 20_000 }))
  const { publish } = resources.use(await openPublisher(natsUrl))
  const opened = resources.move()
  return {
    client,
    address,
    token,
    service,
    sql,
    natsUrl,
    publish,
    anthropic,
    databaseUrl: database.url,
    healthPort: service.healthPort,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export type TestAi = Awaited<ReturnType<typeof startTestAi>>

/** A call for a tenant by API key 17. */
export const callFor = (tenantId: number, more: Partial<OutgoingCall> = {}): OutgoingCall => ({
  tenantId,
  actor: { kind: 'api', id: '17' },
  via: '',
  requestId: 'req_test',
  ...more,
})
