import type { Call } from '@helpdesk/proto/call'
import { GetTicketRequest, type Ticket } from '@helpdesk/proto/tickets'
import { unlessMissing } from '@helpdesk/service'
import { HookFailure } from '../hooks/hook.ts'
import type { Ai } from '../service.ts'
import { asPeer } from './as-peer.ts'
import { readThread, type ThreadOptions } from './read-thread.ts'

/**
 * What the model is shown of a ticket, and the texts in it whose addresses it may repeat.
 * Throws HookFailure `ticket_not_found`.
 */
export async function readTicketAndThread(ai: Ai, id: number, call: Call, options: ThreadOptions) {
  const ticket = await unlessMissing(ai.tickets.getTicket(GetTicketRequest.fromPartial({ id }), asPeer(call)))
  if (!ticket) throw new HookFailure('ticket_not_found')
  const thread = await readThread(ai, id, call, options)
  const sources = [ticket.subject, ...thread.messages.map(({ text }) => text)]
  return { data: { ticket: ticketData(ticket), thread }, sources }
}

const ticketData = ({ subject, status, priority, source, tags, created_at }: Ticket) => ({
  subject,
  status,
  priority,
  source,
  tags: tags.map(({ name }) => name),
  created_at: created_at?.toISOString(),
})
