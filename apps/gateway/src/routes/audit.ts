import { ListEntriesRequest } from '@helpdesk/proto/audit'
import { actorKinds } from '@helpdesk/proto/call'
import { id, text } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { number, time } from '../http/query.ts'
import { route } from '../http/route.ts'
import { pagingQuery, timestamp } from './resources.ts'

const audit = (method: string) => `helpdesk.audit.v1.AuditService/${method}`
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const entry = z
  .strictObject({
    id,
    event_id: z.string(),
    event_key: z.string(),
    actor_kind: z.enum(actorKinds),
    actor_id: z.string(),
    via: z.string().describe('The API key behind an actor, `api:17`; empty when the actor is the key itself.'),
    resource_type: z.string(),
    resource_id: z.string(),
    ticket_id: id.nullable(),
    request_id: z.string(),
    data: z.record(z.string(), z.unknown()).nullable(),
    prev_hash: sha256,
    hash: sha256,
    created_at: timestamp,
  })
  .meta({ id: 'AuditEntry' })

export const auditRoutes = [
  route({
    method: 'get',
    path: '/audit',
    scope: 'helpdesk:admin',
    operation: 'listAuditEntries',
    summary: 'List the audit log, newest first',
    rpc: audit('ListEntries'),
    query: z.strictObject({
      ...pagingQuery(200),
      event_key: text(64).optional(),
      actor_kind: z.enum(actorKinds).optional(),
      ticket_id: number(id).optional(),
      resource_type: text(64).optional(),
      resource_id: text(64).optional(),
      since: time.optional().describe('Entries at or after this time.'),
      until: time.optional().describe('Entries before this time.'),
    }),
    envelope: 'list',
    response: entry,
    handle: (services, { query }, call) => services.audit.listEntries(ListEntriesRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/audit/verify',
    scope: 'helpdesk:admin',
    operation: 'verifyAuditChain',
    summary: "Verify the audit log's hash chain",
    rpc: audit('VerifyChain'),
    envelope: 'one',
    response: z
      .strictObject({
        ok: z.boolean(),
        checked: z.int(),
        head_hash: sha256,
        first_bad_id: id.nullable().describe('The first entry that is changed, missing, added or out of order.'),
        erased: z.int().describe('Entries whose data was erased; the chain holds without it.'),
      })
      .meta({ id: 'AuditVerification' }),
    handle: (services, _input, call) => services.audit.verifyChain({}, call),
  }),
]
