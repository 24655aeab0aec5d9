import type { Sql, Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import type { Message } from '@helpdesk/proto/tickets'

/** Of `messages as m`, `agents as a` and `requesters as r`. */
export const messageColumns = (sql: Sql | Tx) => sql`
  m.id, m.ticket_id, m.kind,
  json_build_object('kind', m.author_kind, 'id', m.author_id, 'name', coalesce(a.name, r.name)) as author,
  m.body_md, m.data, m.created_at`

export const messageAuthors = (sql: Sql | Tx) => sql`
  left join agents a on m.author_kind = 'agent' and a.tenant_id = m.tenant_id and a.id = m.author_id
  left join requesters r on m.author_kind = 'requester' and r.tenant_id = m.tenant_id and r.id = m.author_id`

export interface NewMessage {
  ticket_id: number
  kind: 'reply' | 'note' | 'system_event'
  author_kind: string
  author_id: number | null
  body_md?: string
  data?: object
  created_at: Date
}

/** Adds messages to threads; gives their ids. */
export async function addMessages(tx: Tx, tenantId: number, messages: readonly NewMessage[]): Promise<number[]> {
  const rows = messages.map(({ ticket_id, kind, author_kind, author_id, body_md, data, created_at }) => ({
    tenant_id: tenantId,
    ticket_id,
    kind,
    author_kind,
    author_id,
    body_md: body_md ?? null,
    data: data ? tx.json(data as never) : null,
    created_at,
  }))
  const added = await tx<Pick<Message, 'id'>[]>`insert into messages ${tx(rows)} returning id`
  return added.map(({ id }) => id)
}

/** The acting person, key or system as a message's author. */
export const actorAsAuthor = ({ actor }: Pick<Call, 'actor'>) => ({
  author_kind: actor.kind,
  author_id: actor.kind === 'system' ? null : Number(actor.id),
})
