import type { AuditServiceService } from '@helpdesk/proto/audit'
import type { Handlers } from '@helpdesk/service'
import { findRecordedEvents } from './entries/find-recorded-events.ts'
import { listEntries } from './entries/list-entries.ts'
import { verifyChain } from './entries/verify-chain.ts'
import type { Audit } from './service.ts'

export const auditHandlers = (audit: Audit): Handlers<AuditServiceService> => ({
  listEntries: (request, call) => listEntries(audit, request, call),
  verifyChain: (request, call) => verifyChain(audit, request, call),
  findRecordedEvents: (request, call) => findRecordedEvents(audit, request, call),
})
