import type { Call } from '@helpdesk/proto/call'
import type { GetQueueRequest, Queue } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { readQueue } from './queue-sql.ts'

export async function getQueue({ sql }: Tickets, request: GetQueueRequest, call: Call): Promise<Queue> {
  return readQueue(sql, call.tenantId, request.id)
}
