import type { Sql, Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'

/** Of `messages as m`, `agents as a` and `requesters as r`. */
export const messageColumns = (sql: Sql | Tx) => sql`
  m.id, m.ticket_id, m.kind,
  json_build_object('kind', m.author_kind, 'id', m.author_id, 'name', coalesce(a.name, r.name)) as author,
  m.body_md, m.data, m.created_at`

export const messageAuthors = (sql: Sql | Tx) => sql`
  left join agents a on m.author_kind = 'agent' and a.tenant_id = m.tenant_id and a.id = m.author_id
  left join requesters r on m.author_kind = 'requester' and r.tenant_id = m.tenant_id and r.id = m.author_id`

interface NewMessage {
  ticket_id: number
  /** The ticket's, which is searched with each of its messages. */
  subject: string
  kind: 'reply' | 'note'
  author: { kind: string; id?: number | null | undefined }
  body_md: string
  created_at: Date
}

/** Adds a reply or a note to a thread; gives its id. */
export async function addMessage(tx: Tx, tenantId: number, message: NewMessage): Promise<number> {
  const { ticket_id, subject, kind, author, body_md, created_at } = message
  const [added] = await tx<[{ id: number }]>`
    insert into messages (tenant_id, ticket_id, kind, author_kind, author_id, body_md, created_at, search)
    values (${tenantId}, ${ticket_id}, ${kind}, ${author.kind}, ${author.id ?? null}, ${body_md}, ${created_at},
            ${searchVector(tx, tenantId, subject, tx`${body_md}`)})
    returning id`
  return added.id
}

/** Has every message of a ticket found under its new subject. */
export async function searchUnderSubject(tx: Tx, tenantId: number, ticketId: number, subject: string): Promise<void> {
  await tx`
    update messages
       set search = ${searchVector(tx, tenantId, subject, tx`body_md`)}
     where tenant_id = ${tenantId} and ticket_id = ${ticketId} and kind <> 'system_event'`
}

// English, so that refund finds refunds; words of other languages are kept nearly as they stand.
const searchVector = (tx: Tx, tenantId: number, subject: string, body: ReturnType<Tx>) => tx`
  array_to_tsvector(array[${`tenant:${tenantId}`}]) || to_tsvector('english', ${subject}::text || ' ' || ${body}::text)`

/** The condition that `messages as m` holds what was asked for; never true for a query without a word to look for. */
export const isFoundBy = (sql: Sql | Tx, tenantId: number, q: string) => sql`
  (numnode(websearch_to_tsquery('english', ${q})) > 0
   and m.search @@ (${`'tenant:${tenantId}'`}::tsquery && websearch_to_tsquery('english', ${q})))`

interface SystemEvent {
  ticket_id: number
  /** What happened: `{event, changes}`. */
  data: object
}

/** Notes in threads what happened to their tickets, and who did it. */
export async function addSystemEvents(tx: Tx, call: Call, now: Date, events: readonly SystemEvent[]): Promise<void> {
  if (events.length === 0) return
  const { tenantId, actor } = call
  const actorId = actor.kind === 'system' ? null : Number(actor.id)
  await tx`
    insert into messages (tenant_id, ticket_id, kind, author_kind, author_id, data, created_at)
    select ${tenantId}, ticket_id, 'system_event', ${actor.kind}, ${actorId}, data, ${now}
      from jsonb_to_recordset(${tx.json(events as never)}) as event (ticket_id bigint, data jsonb)`
}
