import type { DomainEvent } from '@helpdesk/proto/events'

/** Reads a message's payload. Throws when it is not one of our events. */
export function decodeEvent(payload: Uint8Array): DomainEvent {
  const event = JSON.parse(Buffer.from(payload).toString())
  const known = isId(event?.id) && typeof event.type === 'string' && Number.isSafeInteger(event.tenantid)
  if (!known) throw new Error('Not a domain event: id, type or tenantid is missing')
  return event
}

/** Whether something can stand as an event's id in an index of PostgreSQL's, which takes neither NUL nor 3 KiB. */
export const isId = (id: unknown): id is string => typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id)
