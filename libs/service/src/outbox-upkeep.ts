import { randomUUID } from 'node:crypto'
import type { AuditServiceService } from '@helpdesk/proto/audit'
import type { GrpcClient } from './grpc-client.ts'
import { countRepublished } from './metrics.ts'

interface OutboxConfig {
  OUTBOX_KEEP_HOURS: number
  OUTBOX_MAX_DAYS: number
}

/** How the relay of the producer `source` sees that its events arrive in the audit log, and how long it keeps them. */
export const outboxUpkeep = (audit: GrpcClient<AuditServiceService>, source: string, config: OutboxConfig) => ({
  findRecorded: (tenantId: number, event_ids: string[], signal: AbortSignal) =>
    audit.findRecordedEvents(
      { event_ids },
      { tenantId, actor: { kind: 'system', id: source }, via: '', requestId: `req_${randomUUID()}`, signal },
    ),
  onRepublish: countRepublished,
  keepHours: config.OUTBOX_KEEP_HOURS,
  maxDays: config.OUTBOX_MAX_DAYS,
})
