import type { Call } from '@helpdesk/proto/call'
import { notFound } from '@helpdesk/proto/errors'
import type { GetQueueRequest, Queue } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { queueColumns } from './queue-sql.ts'

export async function getQueue({ sql }: Tickets, request: GetQueueRequest, call: Call): Promise<Queue> {
  const [queue] = await sql<Queue[]>`
    select ${queueColumns(sql)}
      from queues q
     where q.tenant_id = ${call.tenantId} and q.id = ${request.id} and q.deleted_at is null`
  if (!queue) throw notFound('queue')
  return queue
}
