import type { Emit } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import type { DeleteResponse } from '@helpdesk/proto/common'
import { type Agent, type DeleteAgentRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { addSystemEvents } from '../tickets/message-sql.ts'
import { agentEvent } from './agent.ts'
import { lockAgent } from './agent-sql.ts'

export async function deleteAgent(
  { mutate }: Tickets,
  request: DeleteAgentRequest,
  call: Call,
): Promise<DeleteResponse> {
  return mutate(call, TicketsServiceService.deleteAgent, request, async (tx, emit) => {
    const agent = await lockAgent(tx, call.tenantId, request.id)
    checkVersion(call, agent.version)
    await unassignOpenTickets(tx, emit, call, agent)
    await tx`delete from queue_agents where tenant_id = ${call.tenantId} and agent_id = ${agent.id}`
    await tx`
      update agents
         set deleted_at = now(), updated_at = now(), open_ticket_count = 0, version = version + 1
       where tenant_id = ${call.tenantId} and id = ${agent.id}`
    emit('agent.deleted', agent.id, agentEvent({ ...agent, version: agent.version + 1 }))
    return { id: agent.id, deleted: true }
  })
}

/** As changeTicket does for one ticket, in a few statements for all. */
async function unassignOpenTickets(tx: Tx, emit: Emit, call: Call, { id: agentId }: Agent): Promise<void> {
  const now = new Date()
  const tickets = await tx<Pick<Ticket, 'id' | 'reference' | 'version'>[]>`
    update tickets
       set agent_id = null, updated_at = ${now}, version = version + 1
     where tenant_id = ${call.tenantId} and agent_id = ${agentId} and status not in ('resolved', 'closed')
    returning id, reference, version`
  const changes = { agent_id: [agentId, null] }
  for (const { id, reference, version } of tickets) {
    emit('ticket.assigned', id, { ticket_id: id, reference, changes, version })
  }
  const ids = tickets.map(({ id }) => id)
  await tx`
    update ticket_tags set updated_at = ${now} where tenant_id = ${call.tenantId} and ticket_id = any(${ids}::bigint[])`
  const data = { event: 'ticket.assigned', changes }
  await addSystemEvents(
    tx,
    call,
    now,
    ids.map((ticket_id) => ({ ticket_id, data })),
  )
}
