import { rethrowViolation } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { createAgent as schema, validate } from '@helpdesk/proto/schemas'
import { type Agent, type CreateAgentRequest, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { agentEvent } from './agent.ts'
import { agentColumns, agentViolations } from './agent-sql.ts'

export async function createAgent({ mutate }: Tickets, request: CreateAgentRequest, call: Call): Promise<Agent> {
  const { name, email, is_active, is_available } = validate(schema, request)
  return mutate(call, TicketsServiceService.createAgent, request, async (tx, emit) => {
    const [agent] = await tx<[Agent]>`
      insert into agents as a (tenant_id, name, email, is_active, is_available)
      values (${call.tenantId}, ${name}, ${email.toLowerCase()}, ${is_active ?? true}, ${is_available ?? true})
      returning ${agentColumns(tx)}`.catch((error) => rethrowViolation(error, agentViolations))
    emit('agent.created', agent.id, agentEvent(agent))
    return agent
  })
}
