import { Outbox } from '@helpdesk/events'
import type { Sql } from '@helpdesk/postgres'
import type { CallIdentity } from '@helpdesk/proto/call'
import type { Queue } from '@helpdesk/proto/tickets'
import { queueEvent } from './queue.ts'
import { queueColumns } from './queue-sql.ts'

interface DefaultQueuesOptions {
  sql: Sql
  source: string
  wake: () => void
}

/** Gives each tenant its queue "Support" before its first request is answered, whatever that request is. */
export function defaultQueues({ sql, source, wake }: DefaultQueuesOptions) {
  const seen = new Set<number>()

  return async ({ tenantId, requestId }: CallIdentity): Promise<void> => {
    if (seen.has(tenantId)) return
    const [there] = await sql`select 1 from queues where tenant_id = ${tenantId} and is_default`
    if (!there) await create(tenantId, requestId)
    seen.add(tenantId)
  }

  async function create(tenantId: number, requestId: string): Promise<void> {
    const outbox = new Outbox(source, { tenantId, actor: { kind: 'system', id: source }, via: '', requestId })
    await sql.begin(async (tx) => {
      // Of several first requests one inserts; the others wait for it and insert nothing.
      const [queue] = await tx<Queue[]>`
        insert into queues as q (tenant_id, slug, name, is_default)
        values (${tenantId}, 'support', 'Support', true)
        on conflict do nothing
        returning ${queueColumns(tx)}`
      if (queue) outbox.emit('queue.created', queue.id, queueEvent(queue))
      await outbox.write(tx)
    })
    if (!outbox.isEmpty) wake()
  }
}
