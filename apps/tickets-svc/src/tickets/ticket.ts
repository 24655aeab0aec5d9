// The rules of a ticket.

import { HelpdeskError } from '@helpdesk/proto/errors'
import type { Changes } from '@helpdesk/proto/events'
import type { Ticket } from '@helpdesk/proto/tickets'
import { type TicketPriority, ticketPriorities } from '@helpdesk/proto/values'

// Crockford's base32: no I, L, O or U.
const referenceAlphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The reference that seven random bytes make. 256 is a multiple of 32, so each is as likely as any other. */
export const referenceFrom = (bytes: Uint8Array): string =>
  `HD-${[...bytes.subarray(0, 7)].map((byte) => referenceAlphabet[byte % 32]).join('')}`

/** 1 for the lowest priority; the column priority_rank says the same. */
export const priorityRank = (priority: string): number => ticketPriorities.indexOf(priority as TicketPriority) + 1

export const isOpen = (status: string): boolean => status !== 'resolved' && status !== 'closed'

/** When a ticket that takes this status was resolved, and when closed. */
export const statusTimes = (ticket: Pick<Ticket, 'resolved_at'>, status: string, now: Date) => ({
  resolved_at: status === 'resolved' ? now : status === 'closed' ? ticket.resolved_at : null,
  closed_at: status === 'closed' ? now : null,
})

/**
 * The status a public reply leaves a ticket in.
 * Throws `ticket_closed` when a requester answers more than `reopenDays` after it was closed.
 */
export function statusAfterReply(
  { status, closed_at }: Pick<Ticket, 'status' | 'closed_at'>,
  author: string,
  now: Date,
  reopenDays: number,
): string {
  if (author === 'agent') return status === 'new' ? 'open' : status
  if (status === 'new' || status === 'open') return status
  if (status === 'closed' && closed_at && now.getTime() - closed_at.getTime() > reopenDays * 86_400_000) {
    throw new HelpdeskError('ticket_closed', 'This ticket was closed too long ago; create a follow-up ticket.')
  }
  return 'open'
}

/** What a change of a ticket may set, and events tell of it. */
export interface TicketFields {
  subject: string
  status: string
  priority: string
  queue_id: number
  help_topic_id: number | null
  agent_id: number | null
  requester_id: number
  custom_fields: Record<string, unknown>
  /** Slugs, in order. */
  tags: string[]
}

export const fieldsOf = (ticket: Ticket): TicketFields => ({
  subject: ticket.subject,
  status: ticket.status,
  priority: ticket.priority,
  queue_id: ticket.queue_id,
  help_topic_id: ticket.help_topic_id ?? null,
  agent_id: ticket.agent_id ?? null,
  requester_id: ticket.requester?.id ?? 0,
  custom_fields: ticket.custom_fields ?? {},
  tags: ticket.tags.map(({ slug }) => slug).sort(),
})

type ChangeEvent = 'ticket.status_changed' | 'ticket.assigned' | 'ticket.moved' | 'ticket.updated'

const eventOf: Record<string, ChangeEvent> = {
  status: 'ticket.status_changed',
  agent_id: 'ticket.assigned',
  queue_id: 'ticket.moved',
}

/** The events that tell a change: one for each kind of field. */
export function changeEvents(changes: Changes): { type: ChangeEvent; changes: Changes }[] {
  const byType = Object.groupBy(Object.entries(changes), ([field]) => eventOf[field] ?? 'ticket.updated')
  return Object.entries(byType).map(([type, entries]) => ({
    type: type as ChangeEvent,
    changes: Object.fromEntries(entries),
  }))
}

/** Who holds a ticket that counts as open. */
export const openHolder = ({ status, agent_id }: Pick<TicketFields, 'status' | 'agent_id'>): number | null =>
  isOpen(status) ? agent_id : null
