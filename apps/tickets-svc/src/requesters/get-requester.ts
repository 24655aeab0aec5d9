import type { Call } from '@helpdesk/proto/call'
import { notFound } from '@helpdesk/proto/errors'
import type { GetRequesterRequest, Requester } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'

export async function getRequester({ sql }: Tickets, request: GetRequesterRequest, call: Call): Promise<Requester> {
  const [requester] = await sql<Requester[]>`
    select id, name, email, created_at, updated_at, version
      from requesters
     where tenant_id = ${call.tenantId} and id = ${request.id}`
  if (!requester) throw notFound('requester')
  return requester
}
