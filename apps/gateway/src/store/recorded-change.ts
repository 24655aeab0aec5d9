import { randomUUID } from 'node:crypto'
import { Outbox } from '@helpdesk/events'
import type { Sql, Tx } from '@helpdesk/postgres'

/** Runs a change by whoever administers the system: state and events in one transaction. */
export const recordedChange = <T>(
  sql: Sql,
  run: (tx: Tx, outboxFor: (tenantId: number) => Outbox) => Promise<T>,
): Promise<T> =>
  sql.begin(async (tx) => {
    const outboxes: Outbox[] = []
    const result = await run(tx, (tenantId) => {
      const actor = { kind: 'system', id: 'admin' } as const
      const outbox = new Outbox('gateway', { tenantId, actor, via: '', requestId: `req_${randomUUID()}` })
      outboxes.push(outbox)
      return outbox
    })
    for (const outbox of outboxes) await outbox.write(tx)
    return result
  }) as Promise<T>
