import type { AgentEvent, Changes } from '@helpdesk/proto/events'
import type { Agent } from '@helpdesk/proto/tickets'

/** The data of an event about an agent. */
export const agentEvent = (
  { id, name, email, is_active, is_available, version }: Agent,
  changes: Changes = {},
): AgentEvent => ({ agent_id: id, name, email, is_active, is_available, changes, version })
