import { rethrowViolation, type Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { createQueue as schema, validate } from '@helpdesk/proto/schemas'
import { type CreateQueueRequest, type Queue, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { queueEvent } from './queue.ts'
import { dropDefault, queueViolations, readQueue, setQueueAgents } from './queue-sql.ts'

export async function createQueue({ mutate }: Tickets, request: CreateQueueRequest, call: Call): Promise<Queue> {
  const wanted = validate(schema, request)
  return mutate(call, TicketsServiceService.createQueue, request, async (tx, emit) => {
    if (wanted.is_default) await dropDefault(tx, emit, call.tenantId)
    const { id } = await insertQueue(tx, call.tenantId, wanted)
    await setQueueAgents(tx, call.tenantId, id, wanted.agent_ids ?? [])
    const queue = await readQueue(tx, call.tenantId, id)
    emit('queue.created', queue.id, queueEvent(queue))
    return queue
  })
}

async function insertQueue(
  tx: Tx,
  tenantId: number,
  { slug, name, description, is_default, assignment_policy, is_active }: Omit<CreateQueueRequest, 'agent_ids'>,
): Promise<{ id: number }> {
  const [queue] = await tx<[{ id: number }]>`
    insert into queues (tenant_id, slug, name, description, is_default, assignment_policy, is_active)
    values (${tenantId}, ${slug}, ${name}, ${description ?? null}, ${is_default ?? false},
            ${assignment_policy ?? 'manual'}, ${is_active ?? true})
    returning id`.catch((error) => rethrowViolation(error, queueViolations))
  return queue
}
