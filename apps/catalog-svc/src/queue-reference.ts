import type { Call } from '@helpdesk/proto/call'
import { invalidField } from '@helpdesk/proto/errors'
import { unlessMissing } from '@helpdesk/service'
import type { Catalog } from './service.ts'

/** Asks tickets-svc for the queue that a request names, if it names one. Throws `validation_failed` at queue_id. */
export async function checkQueue({ tickets }: Catalog, queueId: number | null | undefined, call: Call): Promise<void> {
  if (queueId == null) return
  const queue = await unlessMissing(tickets.getQueue({ id: queueId }, call))
  if (!queue) throw invalidField('queue_id', 'not_found', 'There is no such queue.')
}
