import { rethrowViolation } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateAgent as schema, validate } from '@helpdesk/proto/schemas'
import { type Agent, TicketsServiceService, type UpdateAgentRequest } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { agentEvent } from './agent.ts'
import { agentColumns, agentViolations, lockAgent } from './agent-sql.ts'

export async function updateAgent({ mutate }: Tickets, request: UpdateAgentRequest, call: Call): Promise<Agent> {
  const { email, ...others } = validate(schema, maskedFields(request, ['name', 'email', 'is_active', 'is_available']))
  const wanted = { ...others, ...(email && { email: email.toLowerCase() }) }
  return mutate(call, TicketsServiceService.updateAgent, request, async (tx, emit) => {
    const current = await lockAgent(tx, call.tenantId, request.id)
    checkVersion(call, current.version)
    const changes = changesOf<Agent>(current, wanted)
    if (Object.keys(changes).length === 0) return current
    const [agent] = await tx<[Agent]>`
      update agents a
         set ${tx(wanted)}, updated_at = now(), version = version + 1
       where a.tenant_id = ${call.tenantId} and a.id = ${current.id}
      returning ${agentColumns(tx)}`.catch((error) => rethrowViolation(error, agentViolations))
    emit('agent.updated', agent.id, agentEvent(agent, changes))
    return agent
  })
}
