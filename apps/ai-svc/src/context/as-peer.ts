import type { Call } from '@helpdesk/proto/call'
import type { OutgoingCall } from '@helpdesk/service'

/** The same tenant, actor and trace, for what a hook asks of other services; but its key and version are its own. */
export const asPeer = ({ tenantId, actor, via, requestId, traceparent, signal }: Call): OutgoingCall => ({
  tenantId,
  actor,
  via,
  requestId,
  traceparent,
  signal,
})
