import type { Call } from '@helpdesk/proto/call'
import { ListMessagesRequest, ListTicketsRequest, type Ticket } from '@helpdesk/proto/tickets'
import type { Ai } from '../service.ts'
import { asPeer } from './as-peer.ts'
import { clip, visible } from './data-block.ts'

const dayMs = 86_400_000
const unresolved = ['new', 'open', 'pending', 'on_hold']
/** Tickets whose first message is read at once. */
const atOnce = 10

export interface UnresolvedTicket {
  ticket_id: number
  subject: string
  /** The beginning of its first message. */
  text: string
}

/** The newest hundred tickets of the last days that are not resolved, and how many of them there are, up to 1,000. */
export async function listUnresolved(ai: Ai, days: number, call: Call) {
  const created_after = new Date(Date.now() - days * dayMs)
  const request = ListTicketsRequest.fromPartial({ status: unresolved, created_after, sort: '-created_at', limit: 100 })
  const { data, total_count } = await ai.tickets.listTickets(request, asPeer(call))
  const tickets: UnresolvedTicket[] = []
  while (tickets.length < data.length) {
    const next = data.slice(tickets.length, tickets.length + atOnce)
    tickets.push(...(await Promise.all(next.map((ticket) => withQuestion(ai, ticket, call)))))
  }
  return { tickets, total: total_count }
}

async function withQuestion({ tickets }: Ai, { id, subject }: Ticket, call: Call): Promise<UnresolvedTicket> {
  const request = ListMessagesRequest.fromPartial({ id, kind: 'reply', limit: 1 })
  const [first] = (await tickets.listMessages(request, asPeer(call))).data
  return { ticket_id: id, subject, text: clip(visible(first?.body_md ?? ''), 300) }
}
