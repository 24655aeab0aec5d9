import type { Changes, RequesterEvent } from '@helpdesk/proto/events'
import type { TicketRequester } from '@helpdesk/proto/tickets'

/** The data of an event about a requester. */
export const requesterEvent = (
  { id, name, email }: TicketRequester,
  version: number,
  changes: Changes = {},
): RequesterEvent => ({ requester_id: id, name: name ?? null, email, changes, version })
