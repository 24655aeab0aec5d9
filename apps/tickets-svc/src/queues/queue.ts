import type { Changes, QueueEvent } from '@helpdesk/proto/events'
import type { Queue } from '@helpdesk/proto/tickets'

/** The data of an event about a queue. */
export const queueEvent = (
  { id, slug, name, is_default, assignment_policy, is_active, agent_ids, version }: Queue,
  changes: Changes = {},
): QueueEvent => ({ queue_id: id, slug, name, is_default, assignment_policy, is_active, agent_ids, changes, version })
