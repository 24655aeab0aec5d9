import type { Call } from '@helpdesk/proto/call'
import type { Agent, GetAgentRequest } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { readAgent } from './agent-sql.ts'

export async function getAgent({ sql }: Tickets, request: GetAgentRequest, call: Call): Promise<Agent> {
  return readAgent(sql, call.tenantId, request.id)
}
