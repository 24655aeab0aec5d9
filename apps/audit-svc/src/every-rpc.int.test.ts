import { AuditServiceService, ListEntriesRequest } from '@helpdesk/proto/audit'
import { type Examples, testEveryRpc } from '@helpdesk/service/testing'
import { afterAll, beforeAll } from 'vitest'
import { callFor, startTestAudit } from './testing/audit.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

const examples: Examples<AuditServiceService> = {
  listEntries: {
    good: () => ListEntriesRequest.fromPartial({}),
    bad: {
      limit: { limit: 201 },
      event_key: { event_key: 'a\u0000b' },
      actor_kind: { actor_kind: 'robot' },
      ticket_id: { ticket_id: 0 },
      resource_type: { resource_type: '' },
      resource_id: { resource_id: 'x'.repeat(65) },
      since: { since: new Date(-8.64e15) },
      until: { until: new Date(8.64e15) },
    },
  },
  verifyChain: { good: () => ({}) },
  findRecordedEvents: {
    good: () => ({ event_ids: ['evt_1'] }),
    bad: { event_ids: { event_ids: [] }, 'event_ids.1': { event_ids: ['evt_1', 'x'.repeat(65)] } },
  },
}

testEveryRpc(AuditServiceService, examples, () => audit.client, callFor)
