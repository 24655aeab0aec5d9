import type { Sql } from '@helpdesk/postgres'
import type { CallIdentity } from '@helpdesk/proto/call'
import { invalidFields } from '@helpdesk/proto/errors'
import { noSuch } from './unknown-reference.ts'

/** Throws `validation_failed` at metadata.x-actor when the agent or requester who is to have acted does not exist. */
export async function checkActor(sql: Sql, { tenantId, actor }: CallIdentity): Promise<void> {
  if (actor.kind !== 'agent' && actor.kind !== 'requester') return
  const id = Number(actor.id)
  const known =
    actor.kind === 'agent'
      ? await sql`select 1 from agents where tenant_id = ${tenantId} and id = ${id} and deleted_at is null`
      : await sql`select 1 from requesters where tenant_id = ${tenantId} and id = ${id}`
  if (known.length === 0) throw invalidFields([noSuch('metadata.x-actor', actor.kind)])
}
