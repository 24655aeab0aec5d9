// The demo tenant: its keys, and something to look at.

import { createApiKey, hashKey, listApiKeys, revokeApiKey } from '@helpdesk/gateway/store/api-keys.ts'
import { createTenant, getTenant, type Tenant } from '@helpdesk/gateway/store/tenants.ts'
import { connect, type Sql } from '@helpdesk/postgres'
import { CatalogServiceService, CreateHelpTopicRequest, CreateTagRequest } from '@helpdesk/proto/catalog'
import { HelpdeskError } from '@helpdesk/proto/errors'
import {
  CreateAgentRequest,
  CreateQueueRequest,
  CreateTicketRequest,
  ListTicketsRequest,
  ReplyToTicketRequest,
  TicketsServiceService,
} from '@helpdesk/proto/tickets'
import { type Scope, scopes } from '@helpdesk/proto/values'
import { connectGrpc } from '@helpdesk/service'
import type { LocalSystem } from './local-file.ts'

const wanted: Record<keyof LocalSystem['keys'], readonly Scope[]> = {
  full: scopes,
  read: ['helpdesk:read'],
  write: ['helpdesk:write'],
  admin: ['helpdesk:admin'],
}

/** The keys of the run before where they are known and good; else the old ones are revoked and new ones made. */
export async function demoKeys(databaseUrl: string, known?: LocalSystem['keys']): Promise<LocalSystem['keys']> {
  const sql = connect({ url: databaseUrl, name: 'start', max: 1 })
  try {
    const tenant = await demoTenant(sql)
    if (known && (await areGood(sql, tenant, Object.values(known)))) return known
    for (const { id, revoked_at } of await listApiKeys(sql, tenant.tenant_id)) {
      if (!revoked_at) await revokeApiKey(sql, tenant.tenant_id, id)
    }
    const keys = { ...known } as LocalSystem['keys']
    for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
      const limit = name === 'full' ? { rate_limit_per_minute: 1_000_000 } : {}
      keys[name] = (await createApiKey(sql, tenant, { name: `demo ${name}`, scopes: wanted[name], ...limit })).key
    }
    return keys
  } finally {
    await sql.end()
  }
}

async function demoTenant(sql: Sql): Promise<Tenant> {
  try {
    return await getTenant(sql, 'demo')
  } catch (error) {
    if (!(error instanceof HelpdeskError)) throw error
    return createTenant(sql, { slug: 'demo', name: 'Demo', plan: 'sovereign', is_test: false })
  }
}

async function areGood(sql: Sql, { tenant_id }: Tenant, keys: string[]): Promise<boolean> {
  const rows = await sql`
    select 1 from api_keys
     where tenant_id = ${tenant_id} and revoked_at is null and key_hash in ${sql(keys.map(hashKey))}`
  return rows.length === keys.length
}

/** Queues, agents, help topics, tags and tickets, the first time only. */
export async function seedDemo({ grpc, grpc_token }: LocalSystem, gatewayDatabaseUrl: string): Promise<void> {
  const sql = connect({ url: gatewayDatabaseUrl, name: 'start', max: 1 })
  const { tenant_id } = await demoTenant(sql)
  await sql.end()
  const options = { token: grpc_token, deadlineMs: 10_000 }
  using tickets = connectGrpc(TicketsServiceService, { address: grpc.tickets, ...options })
  using catalog = connectGrpc(CatalogServiceService, { address: grpc.catalog, ...options })
  const call = {
    tenantId: tenant_id,
    actor: { kind: 'system', id: 'demo' },
    via: '',
    requestId: 'req_demo',
  } as const
  const { total_count } = await tickets.listTickets(ListTicketsRequest.fromPartial({ limit: 1 }), call)
  if (total_count > 0) return

  // A key for each step: a first start that was cut short goes on where it stopped.
  const step = (name: string) => ({ ...call, idempotencyKey: `demo ${name}` })
  const agents = []
  for (const [name, email] of demoAgents) {
    agents.push(await tickets.createAgent(CreateAgentRequest.fromPartial({ name, email }), step(email)))
  }
  for (const { slug, topic, ...queue } of demoQueues) {
    const agent_ids = agents.map(({ id }) => id)
    const { id } = await tickets.createQueue(CreateQueueRequest.fromPartial({ slug, ...queue, agent_ids }), step(slug))
    await catalog.createHelpTopic(CreateHelpTopicRequest.fromPartial({ ...topic, queue_id: id }), step(topic.slug))
  }
  for (const tag of demoTags) await catalog.createTag(CreateTagRequest.fromPartial(tag), step(tag.slug))
  for (const { reply, ...ticket } of demoTickets) {
    const { id } = await tickets.createTicket(CreateTicketRequest.fromPartial(ticket), step(ticket.subject))
    if (!reply) continue
    const author = { kind: 'agent', id: agents[0]?.id ?? null }
    await tickets.replyToTicket(ReplyToTicketRequest.fromPartial({ id, body_md: reply, author }), step('reply'))
  }
}

const demoAgents = [
  ['Ada Example', 'ada@example.com'],
  ['Ben Example', 'ben@example.com'],
] as const

const demoQueues = [
  {
    slug: 'billing',
    name: 'Billing',
    assignment_policy: 'round_robin',
    topic: {
      slug: 'refunds',
      name: 'Refunds',
      default_priority: 'high',
      custom_fields: [{ key: 'order_number', label: 'Order number', type: 'number', required: true }],
    },
  },
  {
    slug: 'shipping',
    name: 'Shipping',
    assignment_policy: 'fewest_open',
    topic: {
      slug: 'deliveries',
      name: 'Deliveries',
      custom_fields: [{ key: 'carrier', label: 'Carrier', type: 'select', options: ['Post', 'Courier', 'Pick-up'] }],
    },
  },
]

const demoTags = [
  { slug: 'vip', name: 'VIP', color: '#7c3aed' },
  { slug: 'bug', name: 'Bug', color: '#ea580c' },
]

const demoTickets = [
  {
    subject: 'Charged twice in October',
    body_md: 'My card shows two charges for order **1042**. Could you look into it?',
    requester: { email: 'carla@example.org', name: 'Carla Example' },
    priority: 'high',
    tags: ['vip'],
    reply: 'Sorry about that, Carla. One of them is a reservation and will go away by itself within three days.',
  },
  {
    subject: 'The parcel has not arrived',
    body_md: 'Tracking has said "in transit" for nine days.',
    requester: { email: 'dan@example.org', name: 'Dan Example' },
    reply: '',
  },
  {
    subject: 'Export fails with an empty file',
    body_md: 'Steps: open a report, choose CSV, download. The file is 0 bytes.',
    requester: { email: 'eve@example.org' },
    tags: ['bug'],
    reply: '',
  },
]
