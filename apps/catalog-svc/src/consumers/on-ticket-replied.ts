import { consume } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'

/** Counts how often canned responses are used. */
export const countCannedResponseUse = (options: Pick<Parameters<typeof consume>[0], 'bus' | 'sql' | 'log'>) =>
  consume({
    ...options,
    consumer: 'catalog-svc-canned-response-use',
    filter: 'helpdesk.events.v1.*.ticket.replied',
    handle: countUse,
  })

async function countUse(tx: Tx, event: DomainEvent): Promise<void> {
  const { canned_response_id } = (event as DomainEvent<'ticket.replied'>).data
  if (!canned_response_id) return
  await tx`
    update canned_responses
       set use_count = use_count + 1
     where tenant_id = ${event.tenantid} and id = ${canned_response_id}`
}
