import type { Emit } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { changesOf } from '@helpdesk/proto/events'
import type { Ticket, TicketTag } from '@helpdesk/proto/tickets'
import { addSystemEvents, searchUnderSubject } from './message-sql.ts'
import { changeEvents, fieldsOf, isOpen, openHolder, statusTimes, type TicketFields } from './ticket.ts'
import { moveOpenTicket, readTicket } from './ticket-sql.ts'

interface TicketChange {
  now: Date
  /** What is to be different. */
  fields: Partial<Omit<TicketFields, 'tags'>>
  /** The tags it is to have, when they are to be different. */
  tags?: readonly TicketTag[] | undefined
  /** What goes with it and no event tells. */
  beside?: Partial<Pick<Ticket, 'message_count' | 'last_message_at' | 'first_response_at'>>
}

/**
 * Changes a locked ticket: its row, one event for each kind of change, a system event in its thread where the status,
 * the agent or the queue changes, and the agents' counts. Gives the ticket as it then is, one version on, or as it was
 * when nothing is different.
 */
export async function changeTicket(
  tx: Tx,
  emit: Emit,
  call: Call,
  ticket: Ticket,
  { now, fields, tags, beside = {} }: TicketChange,
): Promise<Ticket> {
  const current = fieldsOf(ticket)
  const wanted: Partial<TicketFields> = { ...fields, ...(tags && { tags: tags.map(({ slug }) => slug).sort() }) }
  if (await reopensForNobody(tx, call.tenantId, current, { ...current, ...fields })) wanted.agent_id = null
  const changes = changesOf(current, wanted)
  const altered = Object.keys(changes) as (keyof TicketFields)[]
  if (altered.length === 0 && Object.keys(beside).length === 0) return ticket

  const { id, reference } = ticket
  const version = ticket.version + 1
  const events = changeEvents(changes)
  for (const event of events) emit(event.type, id, { ticket_id: id, reference, changes: event.changes, version })

  const columns = Object.fromEntries(altered.filter((field) => field !== 'tags').map((field) => [field, wanted[field]]))
  const times = changes.status ? statusTimes(ticket, changes.status[1] as string, now) : {}
  const row = { ...columns, ...times, ...beside, updated_at: now, version }
  await tx`update tickets set ${tx(row)} where tenant_id = ${call.tenantId} and id = ${id}`
  if (changes.tags) await setTags(tx, call.tenantId, id, tags ?? [], now)
  else if (ticket.tags.length > 0) {
    await tx`update ticket_tags set updated_at = ${now} where tenant_id = ${call.tenantId} and ticket_id = ${id}`
  }
  if (wanted.subject && changes.subject) await searchUnderSubject(tx, call.tenantId, id, wanted.subject)
  await moveOpenTicket(tx, call.tenantId, openHolder(current), openHolder({ ...current, ...wanted }))
  const happened = events.filter(({ type }) => type !== 'ticket.updated')
  const systemEvents = happened.map(({ type: event, changes }) => ({ ticket_id: id, data: { event, changes } }))
  await addSystemEvents(tx, call, now, systemEvents)
  return readTicket(tx, call.tenantId, { id })
}

/** Whether a ticket comes back to an agent who was deleted meanwhile. */
async function reopensForNobody(tx: Tx, tenantId: number, before: TicketFields, after: TicketFields): Promise<boolean> {
  const comesBack = !isOpen(before.status) && isOpen(after.status) && after.agent_id === before.agent_id
  if (!comesBack || !after.agent_id) return false
  const [agent] = await tx`
    select 1 from agents where tenant_id = ${tenantId} and id = ${after.agent_id} and deleted_at is null`
  return !agent
}

async function setTags(
  tx: Tx,
  tenantId: number,
  ticketId: number,
  tags: readonly TicketTag[],
  now: Date,
): Promise<void> {
  const ids = tags.map(({ id }) => id)
  await tx`
    delete from ticket_tags
     where tenant_id = ${tenantId} and ticket_id = ${ticketId} and tag_id <> all(${ids}::bigint[])`
  await tx`
    insert into ticket_tags (tenant_id, ticket_id, tag_id, updated_at)
    select ${tenantId}, ${ticketId}, unnest(${ids}::bigint[]), ${now}
    on conflict (tenant_id, ticket_id, tag_id) do update set updated_at = excluded.updated_at`
}
