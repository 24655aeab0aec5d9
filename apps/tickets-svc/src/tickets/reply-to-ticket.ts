import type { Tx } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { invalidFields } from '@helpdesk/proto/errors'
import { replyToTicket as schema, validate } from '@helpdesk/proto/schemas'
import {
  type Message,
  type MessageAuthor,
  type NewAuthor,
  type ReplyToTicketRequest,
  type Ticket,
  TicketsServiceService,
} from '@helpdesk/proto/tickets'
import { knownAgent } from '../agents/agent-sql.ts'
import { askCatalog } from '../ask-catalog.ts'
import { knownRequester } from '../requesters/requester-sql.ts'
import type { Tickets } from '../service.ts'
import { noSuch } from '../unknown-reference.ts'
import { changeTicket } from './change-ticket.ts'
import { addMessage } from './message-sql.ts'
import { statusAfterReply } from './ticket.ts'
import { lockTicket } from './ticket-sql.ts'

export async function replyToTicket(
  { mutate, catalog, reopenDays }: Tickets,
  request: ReplyToTicketRequest,
  call: Call,
): Promise<Message> {
  const { id, reference, ...reply } = request
  const { body_md, is_internal, status, canned_response_id, ...said } = validate(schema, reply)
  const cannedResponse = canned_response_id
    ? await askCatalog(call, (onward) => catalog.getCannedResponse({ id: canned_response_id }, onward))
    : undefined
  return mutate(call, TicketsServiceService.replyToTicket, request, async (tx, emit) => {
    // Refused only here: the answer to a repeated key stays the same after the canned response is gone.
    if (canned_response_id && !cannedResponse) {
      throw invalidFields([noSuch('canned_response_id', 'canned response')])
    }
    const ticket = await lockTicket(tx, call.tenantId, { id, reference })
    checkVersion(call, ticket.version)
    const now = new Date()
    const author = await takeAuthor(tx, call, ticket, said.author)
    const next = is_internal ? ticket.status : statusAfterReply(ticket, author.kind, now, reopenDays)
    const kind = is_internal ? 'note' : 'reply'
    const messageId = await addMessage(tx, call.tenantId, {
      ticket_id: ticket.id,
      subject: ticket.subject,
      kind,
      author,
      body_md,
      created_at: now,
    })
    emit(is_internal ? 'ticket.note_added' : 'ticket.replied', ticket.id, {
      ticket_id: ticket.id,
      reference: ticket.reference,
      message_id: messageId,
      author,
      body_md,
      canned_response_id: canned_response_id ?? null,
      version: ticket.version + 1,
    })
    const isFirstResponse = !is_internal && author.kind === 'agent' && !ticket.first_response_at
    await changeTicket(tx, emit, call, ticket, {
      now,
      fields: { status: status ?? next },
      beside: {
        message_count: ticket.message_count + 1,
        last_message_at: now,
        ...(isFirstResponse && { first_response_at: now }),
      },
    })
    return { id: messageId, ticket_id: ticket.id, kind, author, body_md, data: null, created_at: now }
  })
}

/** Who wrote it: the one named, else the acting agent or requester, else an agent without a name. */
async function takeAuthor(
  tx: Tx,
  { tenantId, actor }: Call,
  ticket: Ticket,
  said: NewAuthor | null | undefined,
): Promise<MessageAuthor> {
  const acting =
    actor.kind === 'agent' || actor.kind === 'requester' ? { kind: actor.kind, id: Number(actor.id) } : null
  const { kind, id } = said ?? acting ?? { kind: 'agent' }
  if (kind === 'agent') {
    return id ? { kind, ...(await knownAgent(tx, tenantId, id, 'author.id')) } : { kind, id: null, name: null }
  }
  const { id: requesterId, name } =
    !id || id === ticket.requester?.id
      ? (ticket.requester as NonNullable<Ticket['requester']>)
      : await knownRequester(tx, tenantId, id, 'author.id')
  return { kind, id: requesterId, name: name ?? null }
}
