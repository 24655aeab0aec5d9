import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { takeNatsAccount } from '@helpdesk/events/testing'
import { connect } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import { scopes } from '@helpdesk/proto/values'
import { createLog } from '@helpdesk/service'
import { readGatewayConfig } from '../config.ts'
import { gatewayMigrations, startGateway } from '../service.ts'
import { createApiKey, revokeApiKey } from '../store/api-keys.ts'
import { createTenant, type Tenant, updateTenant } from '../store/tenants.ts'
import { startCatalogStandIn } from './catalog-stand-in.ts'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the gateway sent
  body: any
}

type NewKey = Partial<Parameters<typeof createApiKey>[2]>

/** Real gateways on free ports that share a database and a stream, a stand-in for catalog-svc, and the admin's store. */
export async function startTestGateways(count: number, env: Record<string, string> = {}) {
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await createTestDatabase(gatewayMigrations))
  const token = 'gateway-token-0123456789'
  const catalog = resources.use(await startCatalogStandIn(token))
  const config = readGatewayConfig({
    DATABASE_URL: database.url,
    NATS_URL: await takeNatsAccount(),
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: '0',
    HEALTH_PORT: '0',
    SERVICE_TOKEN: token,
    TICKETS_ADDRESS: catalog.address,
    CATALOG_ADDRESS: catalog.address,
    AUDIT_ADDRESS: catalog.address,
    AI_ADDRESS: catalog.address,
    ...env,
  })
  const log = createLog('gateway', process.env.TEST_LOG_LEVEL ?? 'silent')
  const gateways = []
  for (let n = 0; n < count; n++) {
    const { httpPort } = resources.use(await startGateway(config, log))
    gateways.push({
      url: `http://127.0.0.1:${httpPort}`,
      get: (path: string, headers: Record<string, string> = {}) => get(httpPort, path, headers),
    })
  }
  const sql = connect({ url: database.url, name: 'tests', max: 2 })
  resources.defer(() => sql.end())
  const opened = resources.move()
  return {
    gateways,

    tenant: (slug: string, more: Partial<Pick<Tenant, 'plan'>> = {}) =>
      createTenant(sql, { slug, name: slug, plan: 'sovereign', is_test: false, ...more }),
    changeTenant: (slug: string, wanted: Parameters<typeof updateTenant>[2]) => updateTenant(sql, slug, wanted),
    key: (tenant: Tenant, more: NewKey = {}) => createApiKey(sql, tenant, { name: 'test', scopes, ...more }),
    revoke: (tenant: Tenant, id: number) => revokeApiKey(sql, tenant.tenant_id, id),

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export type TestGateways = Awaited<ReturnType<typeof startTestGateways>>
export type TestGateway = TestGateways['gateways'][number]

// Not fetch, which sets Host by itself.
async function get(port: number, path: string, headers: Record<string, string>): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  httpRequest({ host: '127.0.0.1', port, path: `/api/v1/helpdesk${path}`, headers }, async (response) => {
    const body = await text(response)
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: body && JSON.parse(body) })
  })
    .once('error', reject)
    .end()
  return promise
}
