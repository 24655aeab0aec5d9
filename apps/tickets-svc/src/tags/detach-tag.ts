import type { Call } from '@helpdesk/proto/call'
import { type DetachTagRequest, type DetachTagResponse, TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { detachTag as detach } from './tag-sql.ts'

export async function detachTag(
  { mutate }: Tickets,
  request: DetachTagRequest,
  call: Call,
): Promise<DetachTagResponse> {
  return mutate(call, TicketsServiceService.detachTag, request, async (tx) => ({
    ticket_count: await detach(tx, call.tenantId, request.id),
  }))
}
