import type { Call } from '@helpdesk/proto/call'
import type { RenderCannedResponseRequest, RenderCannedResponseResponse } from '@helpdesk/proto/catalog'
import { invalidField } from '@helpdesk/proto/errors'
import { renderCannedResponse as schema, validate } from '@helpdesk/proto/schemas'
import { GetTicketRequest } from '@helpdesk/proto/tickets'
import { unlessMissing } from '@helpdesk/service'
import type { Catalog } from '../service.ts'
import { placeholderValues, render } from './canned-response.ts'
import { readCannedResponse } from './canned-response-sql.ts'

export async function renderCannedResponse(
  { sql, tickets }: Catalog,
  request: RenderCannedResponseRequest,
  call: Call,
): Promise<RenderCannedResponseResponse> {
  const { id, ...rest } = request
  const { ticket_id, agent_id } = validate(schema, rest)
  const [response, ticket] = await Promise.all([
    readCannedResponse(sql, call.tenantId, id),
    unlessMissing(tickets.getTicket(GetTicketRequest.fromPartial({ id: ticket_id }), call)),
  ])
  if (!ticket) throw invalidField('ticket_id', 'not_found', 'There is no such ticket.')
  // A ticket's own queue and agent may have been deleted since; the agent that a request names must be there.
  const agentId = agent_id ?? ticket.agent_id
  const [queue, agent] = await Promise.all([
    unlessMissing(tickets.getQueue({ id: ticket.queue_id }, call)),
    agentId ? unlessMissing(tickets.getAgent({ id: agentId }, call)) : undefined,
  ])
  if (agent_id && !agent) throw invalidField('agent_id', 'not_found', 'There is no such agent.')
  return render(response.body_md, placeholderValues(ticket, queue, agent))
}
