import type { Call } from '@helpdesk/proto/call'
import { notFound } from '@helpdesk/proto/errors'
import type { Agent, GetAgentRequest } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { agentColumns } from './agent-sql.ts'

export async function getAgent({ sql }: Tickets, request: GetAgentRequest, call: Call): Promise<Agent> {
  const [agent] = await sql<Agent[]>`
    select ${agentColumns(sql)}
      from agents a
     where a.tenant_id = ${call.tenantId} and a.id = ${request.id} and a.deleted_at is null`
  if (!agent) throw notFound('agent')
  return agent
}
