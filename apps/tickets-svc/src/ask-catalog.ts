import type { Call } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import type { OutgoingCall } from '@helpdesk/service'

/**
 * Asks catalog-svc something in the name of a call. Undefined when catalog-svc has no such thing.
 * Throws `unavailable` when it does not answer.
 */
export async function askCatalog<T>(
  { tenantId, actor, via, requestId, traceparent, signal }: Call,
  question: (onward: OutgoingCall) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await question({ tenantId, actor, via, requestId, traceparent, signal })
  } catch (cause) {
    if (cause instanceof HelpdeskError && cause.code === 'not_found') return undefined
    throw new HelpdeskError('unavailable', 'The catalogue does not answer at the moment; try again.', { cause })
  }
}
