import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readStream } from '@helpdesk/events/testing'
import { createApiKey, revokeApiKey } from '@helpdesk/gateway/store/api-keys.ts'
import { createTenant, updateTenant } from '@helpdesk/gateway/store/tenants.ts'
import { connect, type Sql } from '@helpdesk/postgres'
import { CatalogServiceService, CreateHelpTopicRequest, UpdateHelpTopicRequest } from '@helpdesk/proto/catalog'
import type { DomainEvent } from '@helpdesk/proto/events'
import { scopes } from '@helpdesk/proto/values'
import { connectGrpc } from '@helpdesk/service'
import { clientOf, type Local } from '../../apps/e2e/src/system.ts'
import { goodOutput } from '../anthropic/good-output.ts'
import { type AnthropicStandIn, startAnthropicStandIn } from '../anthropic/stand-in.ts'
import { databases } from '../stack/databases.ts'
import { databaseUrlOf } from '../stack/local-file.ts'
import { operationFinder } from './operations.ts'
import { stabiliser } from './stabilise.ts'
import { type Narrator, tellStory } from './story.ts'

/** A request of the story and the answer it got. */
export interface Example {
  request: {
    /** Values of the path's parameters. */
    path?: Record<string, string | number>
    query?: Record<string, string>
    body?: object
  }
  response: object
}

export interface Recording {
  /** By operation; of several requests the first. */
  examples: Record<string, Example>
  /** Every event of the story, in the stream's order. */
  events: DomainEvent[]
}

/** A stand-in for Anthropic that answers well and counts the same tokens in every recording. */
export async function startStoryModel(): Promise<AnthropicStandIn> {
  const model = await startAnthropicStandIn()
  model.respond = (request) => ({ output: goodOutput(request), usage: { input_tokens: 1_240, output_tokens: 160 } })
  return model
}

/**
 * Tells the story to a freshly started system that asks the model of the story, in a tenant of its own, and gives what was said and what was told to
 * subscribers: the same in every recording.
 */
export async function recordStory(local: Local): Promise<Recording> {
  await using resources = new AsyncDisposableStack()
  const open = (database: string) => {
    const sql = connect({ url: databaseUrlOf(local.postgres_url, database), name: 'story', max: 1 })
    resources.defer(() => sql.end())
    return sql
  }
  const outboxes = databases.filter((database) => database !== 'audit').map(open)
  const log = open('audit')
  const gateway = open('gateway')
  const catalog = resources.use(
    connectGrpc(CatalogServiceService, { address: local.grpc.catalog, token: local.grpc_token, deadlineMs: 10_000 }),
  )
  const shop = { slug: 'example-shop', name: 'Example Shop', plan: 'pro', is_test: false } as const
  const tenant = await createTenant(gateway, shop)
  const { key } = await createApiKey(gateway, tenant, { name: 'Web shop', scopes })
  const api = clientOf({ gateway_url: local.gateway_url, keys: { ...local.keys, full: key } })
  const operationOf = await operationFinder(local.gateway_url)
  const examples: Recording['examples'] = {}
  const steps: number[] = []

  async function step<T>(run: (requestId: string) => Promise<T>): Promise<T> {
    steps.push(Date.now())
    const result = await run(requestId(steps.length))
    await settle()
    return result
  }

  /** Until the audit log has every event, so that events of two services come in the story's order. */
  async function settle(): Promise<void> {
    const rowsOf = async (sql: Sql, table: string): Promise<number> => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from ${sql(table)} where tenant_id = ${tenant.tenant_id}`
      return row.count
    }
    for (const giveUpAt = Date.now() + 30_000; ; await sleep(10)) {
      const emitted = await Promise.all(outboxes.map((sql) => rowsOf(sql, 'outbox')))
      const missing = emitted.reduce((sum, count) => sum + count) - (await rowsOf(log, 'audit_log'))
      if (missing === 0) break
      if (Date.now() > giveUpAt) throw new Error(`The audit log lacks ${missing} events of step ${steps.length}`)
    }
    // PostgreSQL rounds to milliseconds: what it dated may lie one ahead of the clock.
    await sleep(2)
  }

  const ask = (method: string, path: string, body?: object, actor?: string) =>
    step(async (requestId) => {
      const headers = { 'X-Request-Id': requestId, ...(actor && { 'X-Helpdesk-Actor': actor }) }
      const reply = await api.request(method, path, { headers, body })
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
      const { operation, parameters, query } = operationOf(method, path)
      const request = { ...(parameters && { path: parameters }), ...(query && { query }), ...(body && { body }) }
      examples[operation] ??= { request, response: reply.body }
      return reply.body.data
    })

  const overGrpc = <T>(run: (call: Parameters<typeof catalog.createHelpTopic>[1]) => Promise<T>) =>
    step((requestId) => run({ tenantId: tenant.tenant_id, actor: { kind: 'system', id: 'admin' }, via: '', requestId }))

  const narrator: Narrator = {
    get: (path) => ask('GET', path),
    post: (path, body, actor) => ask('POST', path, body, actor),
    changePlan: (plan) => step(() => updateTenant(gateway, shop.slug, { plan })),
    makeAndRevokeKey: (name) =>
      step(async () => {
        const { id } = await createApiKey(gateway, tenant, { name, scopes: ['helpdesk:read'] })
        return revokeApiKey(gateway, tenant.tenant_id, id)
      }),
    createHelpTopic: (topic) =>
      overGrpc((call) => catalog.createHelpTopic(CreateHelpTopicRequest.fromPartial(topic), call)),
    updateHelpTopic: (topic) =>
      overGrpc((call) => catalog.updateHelpTopic(UpdateHelpTopicRequest.fromPartial(topic), call)),
    deleteHelpTopic: (id) => overGrpc((call) => catalog.deleteHelpTopic({ id }, call)),
  }
  await settle()
  await tellStory(narrator)
  const events = (await readStream(local.nats_url)).filter(({ tenantid }) => tenantid === tenant.tenant_id)
  return stabiliser(steps)({ examples, events })
}

/** As the gateway makes them, but the same in every recording. */
const requestId = (step: number): string =>
  `req_${createHash('sha256').update(`request ${step}`).digest('hex').slice(0, 32)}`
