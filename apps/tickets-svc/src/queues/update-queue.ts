import { rethrowViolation } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateQueue as schema, validate } from '@helpdesk/proto/schemas'
import { type Queue, TicketsServiceService, type UpdateQueueRequest } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { queueEvent } from './queue.ts'
import { dropDefault, lockQueue, queueViolations, readQueue, setQueueAgents } from './queue-sql.ts'

const updatable = ['slug', 'name', 'description', 'is_default', 'assignment_policy', 'agent_ids', 'is_active'] as const

export async function updateQueue({ mutate }: Tickets, request: UpdateQueueRequest, call: Call): Promise<Queue> {
  const { agent_ids, ...fields } = validate(schema, maskedFields(request, updatable))
  return mutate(call, TicketsServiceService.updateQueue, request, async (tx, emit) => {
    const current = await lockQueue(tx, call.tenantId, request.id)
    checkVersion(call, current.version)
    const agentIds = agent_ids && [...new Set(agent_ids)].sort((a, b) => a - b)
    const changes = changesOf<Queue>(current, { ...fields, ...(agentIds && { agent_ids: agentIds }) })
    if (Object.keys(changes).length === 0) return current
    keepDefault(current, { ...current, ...fields })

    if (changes.is_default) await dropDefault(tx, emit, call.tenantId)
    if (agent_ids && changes.agent_ids) await setQueueAgents(tx, call.tenantId, current.id, agent_ids)
    await tx`
      update queues
         set ${tx({ ...fields, updated_at: new Date(), version: current.version + 1 })}
       where tenant_id = ${call.tenantId} and id = ${current.id}`.catch((error) =>
      rethrowViolation(error, queueViolations),
    )
    const queue = await readQueue(tx, call.tenantId, current.id)
    emit('queue.updated', queue.id, queueEvent(queue, changes))
    return queue
  })
}

/** A tenant always has one default queue, and it takes tickets. */
function keepDefault(current: Queue, wanted: Pick<Queue, 'is_default' | 'is_active'>): void {
  if (current.is_default && !wanted.is_default) {
    throw new HelpdeskError('conflict', 'This is the default queue; make another one the default instead.')
  }
  if (wanted.is_default && !wanted.is_active) throw new HelpdeskError('conflict', 'The default queue must be active.')
}
