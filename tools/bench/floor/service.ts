// The least gRPC service that gives the same rows: no checks, no errors, no logs, no events but the row in the outbox.
// PORT and DATABASE_URL say where; DATABASE_URL is tickets-svc's own database.

import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import {
  type CreateTicketRequest,
  type GetTicketRequest,
  type ListTicketsRequest,
  type Ticket,
  TicketsServiceService,
} from '@helpdesk/proto/tickets'
import postgres from 'postgres'

const { PORT = '', DATABASE_URL = '', TENANT_ID = '' } = process.env
const tenantId = Number(TENANT_ID)
const sql = postgres(DATABASE_URL, {
  max: 10,
  types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
})

// As tickets-svc reads them.
const columns = sql`
  t.id, t.reference, t.subject, t.status, t.priority, t.source, t.queue_id, t.help_topic_id, t.agent_id,
  (select json_build_object('id', r.id, 'name', r.name, 'email', r.email)
     from requesters r
    where r.tenant_id = t.tenant_id and r.id = t.requester_id) as requester,
  (select coalesce(json_agg(json_build_object('id', g.id, 'slug', g.slug, 'name', g.name, 'color', g.color)
                            order by g.slug, g.id), '[]')
     from ticket_tags l
     join tags g on g.tenant_id = l.tenant_id and g.id = l.tag_id
    where l.tenant_id = t.tenant_id and l.ticket_id = t.id) as tags,
  t.custom_fields, t.message_count, t.first_response_at, t.last_message_at, t.resolved_at, t.closed_at,
  t.created_at, t.updated_at, t.version`

const getTicket = async ({ id }: GetTicketRequest) =>
  (await sql<Ticket[]>`select ${columns} from tickets t where t.tenant_id = ${tenantId} and t.id = ${id}`)[0]

async function listTickets({ limit }: ListTicketsRequest) {
  const [rows, [counted]] = await Promise.all([
    sql<Ticket[]>`
      select ${columns}
        from (select t.* from tickets t where t.tenant_id = ${tenantId}
               order by t.updated_at desc, t.id desc limit ${sql.unsafe(String((limit ?? 50) + 1))}) t
       order by t.updated_at desc, t.id desc`,
    sql<{ count: number }[]>`
      select count(*) from (select 1 from tickets t where t.tenant_id = ${tenantId} limit 1001) as counted`,
  ])
  const total = counted?.count ?? 0
  return {
    data: rows.slice(0, 50),
    next_cursor: 'x'.repeat(120),
    has_more: rows.length > 50,
    total_count: Math.min(total, 1_000),
    total_count_capped: total > 1_000,
  }
}

let made = 0
const createTicket = ({ subject, body_md, requester }: CreateTicketRequest) =>
  sql.begin(async (tx) => {
    const [queue] = await tx`select id from queues where tenant_id = ${tenantId} and is_default`
    const [person] = await tx`
      select id, name, email from requesters where tenant_id = ${tenantId} and email = ${requester?.email ?? ''}`
    const now = new Date()
    const [ticket] = await tx<[Ticket]>`
      with t as (
        insert into tickets ${tx({
          tenant_id: tenantId,
          reference: `F${process.pid}-${made++}`,
          subject,
          status: 'new',
          priority: 'normal',
          source: 'api',
          queue_id: queue?.id,
          help_topic_id: null,
          agent_id: null,
          requester_id: person?.id,
          custom_fields: tx.json({}),
          message_count: 1,
          last_message_at: now,
          created_at: now,
          updated_at: now,
        })}
        returning *)
      select ${columns} from t`
    await tx`
      insert into messages (tenant_id, ticket_id, kind, author_kind, author_id, body_md, created_at, search)
      values (${tenantId}, ${ticket.id}, 'reply', 'requester', ${person?.id}, ${body_md}, ${now},
              array_to_tsvector(array[${`tenant:${tenantId}`}])
              || to_tsvector('english', ${subject}::text || ' ' || ${body_md}::text))`
    const event = { id: ticket.id, type: 'ticket.created', data: { ...ticket, body_md } }
    // Marked as published, so that the product's relay leaves it alone.
    await tx`
      insert into outbox (tenant_id, event_id, subject, event, published_at, recorded_at)
      values (${tenantId}, ${`floor_${process.pid}_${made}`}, 'floor', ${tx.json(event as never)}, now(), now())`
    return ticket
  })

const unary =
  <Request, Response>(answer: (request: Request) => Promise<Response>) =>
  ({ request }: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) =>
    answer(request).then((response) => callback(null, response), callback)

const server = new Server()
const { getTicket: get, listTickets: list, createTicket: create } = TicketsServiceService
server.addService(
  { getTicket: get, listTickets: list, createTicket: create },
  { getTicket: unary(getTicket), listTickets: unary(listTickets), createTicket: unary(createTicket) },
)
server.bindAsync(`127.0.0.1:${PORT}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error
  console.log('ready')
})
