import type { Tx } from '@helpdesk/postgres'
import type { TicketQueue } from './queue-sql.ts'

/**
 * The agent whom the queue's policy gives a new ticket: of those who work on it, one who is active and available.
 * Undefined when there is none, or the policy is manual. The queue stays locked, so that picks come one by one.
 */
export async function pickAgent(tx: Tx, tenantId: number, queue: TicketQueue): Promise<number | undefined> {
  if (queue.assignment_policy === 'manual') return undefined
  const [{ last_agent_id }] = await tx<[{ last_agent_id: number | null }]>`
    select last_agent_id from queues where tenant_id = ${tenantId} and id = ${queue.id} for no key update`
  const turn =
    queue.assignment_policy === 'round_robin'
      ? tx`a.id > ${last_agent_id ?? 0} desc, a.id`
      : tx`a.open_ticket_count, a.id`
  // A statement of its own, to see what the pick before it has left.
  const [agent] = await tx<{ id: number }[]>`
    select a.id
      from queue_agents m
      join agents a on a.tenant_id = m.tenant_id and a.id = m.agent_id
     where m.tenant_id = ${tenantId} and m.queue_id = ${queue.id}
       and a.is_active and a.is_available and a.deleted_at is null
     order by ${turn}
     limit 1
       for no key update of a`
  if (agent) await tx`update queues set last_agent_id = ${agent.id} where tenant_id = ${tenantId} and id = ${queue.id}`
  return agent?.id
}
