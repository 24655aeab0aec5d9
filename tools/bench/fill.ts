import type { Sql } from '@helpdesk/postgres'

const batch = 20_000

/**
 * Brings a tenant to `total` tickets, with a message each, spread over its queues, agents, tags and 1,000 requesters.
 * Straight into the database: over the API a million would take an hour.
 */
export async function fillTickets(sql: Sql, tenantId: number, total: number, say: (text: string) => void) {
  await sql`
    insert into requesters (tenant_id, email, name)
    select ${tenantId}, 'bench' || n || '@example.org', 'Bench ' || n from generate_series(1, 1000) n
    on conflict do nothing`
  for (;;) {
    const [{ count }] = await sql<[{ count: number }]>`select count(*) from tickets where tenant_id = ${tenantId}`
    if (count >= total) break
    say(`${count.toLocaleString('en')} of ${total.toLocaleString('en')} tickets`)
    await addBatch(sql, tenantId, count, Math.min(batch, total - count))
  }
  for (const table of ['tickets', 'ticket_tags', 'messages', 'requesters']) await sql`vacuum analyze ${sql(table)}`
}

async function addBatch(sql: Sql, tenantId: number, from: number, size: number): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`
      with queue as (select array_agg(id order by id) as ids from queues where tenant_id = ${tenantId}),
           agent as (select array_agg(id order by id) as ids from agents where tenant_id = ${tenantId}),
           person as (select array_agg(id order by id) as ids from requesters
                       where tenant_id = ${tenantId} and email like 'bench%'),
           added as (
        insert into tickets (tenant_id, reference, subject, status, priority, source, queue_id, agent_id, requester_id,
                             message_count, last_message_at, created_at, updated_at)
        select ${tenantId}, 'B' || n, 'Ticket ' || n || ' about invoices',
               (array['new', 'open', 'pending', 'resolved', 'closed', 'closed'])[1 + n % 6],
               (array['low', 'normal', 'normal', 'high', 'urgent'])[1 + n % 5],
               (array['api', 'email', 'portal'])[1 + n % 3],
               queue.ids[1 + n % cardinality(queue.ids)],
               case when n % 4 > 0 then agent.ids[1 + n % cardinality(agent.ids)] end,
               person.ids[1 + n % 1000], 1, at, at, at + (n % 1000) * interval '1 second'
          from generate_series(${from + 1}::int, ${from + size}::int) n,
               lateral (select now() - interval '90 days' + n * interval '7 seconds' as at) moment,
               queue, agent, person
        returning tenant_id, id, subject, requester_id, created_at, updated_at
      ), tagged as (
        insert into ticket_tags (tenant_id, ticket_id, tag_id, updated_at)
        select tenant_id, id, (select min(id) from tags where tenant_id = ${tenantId}), updated_at
          from added where id % 7 = 0
      )
      insert into messages (tenant_id, ticket_id, kind, author_kind, author_id, body_md, created_at, search)
      select tenant_id, id, 'reply', 'requester', requester_id, body, created_at,
             array_to_tsvector(array[${`tenant:${tenantId}`}]) || to_tsvector('english', subject || ' ' || body)
        from added,
             lateral (select 'My invoice is wrong. The reason is number ' || id || case when id % 5000 = 0
                             then ', a zeppelin.' else '.' end as body) text`
  })
}
