import { randomUUID } from 'node:crypto'
import type { AuditServiceService, FindRecordedEventsResponse } from '@helpdesk/proto/audit'
import type { GrpcClient } from './grpc-client.ts'

/** Asks audit-svc, in the name of the producer `source`, which of a tenant's events it has. */
export const recordedEvents =
  (audit: GrpcClient<AuditServiceService>, source: string) =>
  (tenantId: number, event_ids: string[], signal: AbortSignal): Promise<FindRecordedEventsResponse> =>
    audit.findRecordedEvents(
      { event_ids },
      { tenantId, actor: { kind: 'system', id: source }, via: '', requestId: `req_${randomUUID()}`, signal },
    )
