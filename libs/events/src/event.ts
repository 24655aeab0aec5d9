import type { DomainEvent } from '@helpdesk/proto/events'

/** Reads a message's payload. Throws when it is not one of our events. */
export function decodeEvent(payload: Uint8Array): DomainEvent {
  const event = JSON.parse(Buffer.from(payload).toString())
  const known = typeof event?.id === 'string' && typeof event.type === 'string' && Number.isSafeInteger(event.tenantid)
  if (!known) throw new Error('Not a domain event: id, type or tenantid is missing')
  return event
}
