import type { Emit } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import { invalidFields } from '@helpdesk/proto/errors'
import type { NewRequester, TicketRequester } from '@helpdesk/proto/tickets'
import { noSuch } from '../unknown-reference.ts'
import { requesterEvent } from './requester.ts'

/** The requester with this id. Throws `validation_failed` at `path`. */
export async function knownRequester(
  tx: Tx,
  tenantId: number,
  id: number,
  path = 'requester_id',
): Promise<TicketRequester> {
  const [requester] = await tx<TicketRequester[]>`
    select id, name, email from requesters where tenant_id = ${tenantId} and id = ${id}`
  if (!requester) throw invalidFields([noSuch(path, 'requester')])
  return requester
}

/** The requester with this e-mail, made when there is none. A name is only noted where there was none. */
export async function takeRequester(
  tx: Tx,
  emit: Emit,
  tenantId: number,
  { email, name = null }: NewRequester,
): Promise<TicketRequester> {
  const address = email.toLowerCase()
  const [known] = await tx<TicketRequester[]>`
    select id, name, email from requesters where tenant_id = ${tenantId} and email = ${address}`
  if (known) return name && !known.name ? nameRequester(tx, emit, tenantId, known, name) : known
  const [added] = await tx<{ id: number; version: number }[]>`
    insert into requesters (tenant_id, email, name)
    values (${tenantId}, ${address}, ${name})
    on conflict (tenant_id, email) do nothing
    returning id, version`
  // Nothing added: somebody else did at the same moment, and has committed.
  if (!added) return takeRequester(tx, emit, tenantId, { email, name })
  const requester = { id: added.id, name, email: address }
  emit('requester.created', added.id, requesterEvent(requester, added.version))
  return requester
}

async function nameRequester(
  tx: Tx,
  emit: Emit,
  tenantId: number,
  requester: TicketRequester,
  name: string,
): Promise<TicketRequester> {
  const [row] = await tx<{ version: number }[]>`
    update requesters
       set name = ${name}, updated_at = now(), version = version + 1
     where tenant_id = ${tenantId} and id = ${requester.id} and name is null
    returning version`
  const named = { ...requester, name }
  if (row) emit('requester.updated', requester.id, requesterEvent(named, row.version, { name: [null, name] }))
  return named
}
