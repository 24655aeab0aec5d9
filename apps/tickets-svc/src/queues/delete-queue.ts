import { type Call, checkVersion } from '@helpdesk/proto/call'
import type { DeleteResponse } from '@helpdesk/proto/common'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { type DeleteQueueRequest, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { queueEvent } from './queue.ts'
import { lockQueue } from './queue-sql.ts'

export async function deleteQueue(
  { mutate }: Tickets,
  request: DeleteQueueRequest,
  call: Call,
): Promise<DeleteResponse> {
  return mutate(call, TicketsServiceService.deleteQueue, request, async (tx, emit) => {
    const queue = await lockQueue(tx, call.tenantId, request.id)
    checkVersion(call, queue.version)
    if (queue.is_default) throw new HelpdeskError('conflict', 'The default queue cannot be deleted.')
    const open = await tx`
      select 1
        from tickets
       where tenant_id = ${call.tenantId} and queue_id = ${queue.id} and status not in ('resolved', 'closed')
       limit 1`
    if (open.length > 0) throw new HelpdeskError('conflict', 'This queue has open tickets; move or resolve them first.')
    await tx`delete from queue_agents where tenant_id = ${call.tenantId} and queue_id = ${queue.id}`
    await tx`
      update queues
         set deleted_at = now(), updated_at = now(), version = version + 1
       where tenant_id = ${call.tenantId} and id = ${queue.id}`
    emit('queue.deleted', queue.id, queueEvent({ ...queue, agent_ids: [], version: queue.version + 1 }))
    return { id: queue.id, deleted: true }
  })
}
