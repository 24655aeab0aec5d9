import { z } from 'zod'
import { actorKinds } from '../call.ts'
import { id, text, time } from './fields.ts'
import { auditPaging } from './paging.ts'

export const listEntries = z.strictObject({
  ...auditPaging,
  event_key: text(64).nullish(),
  actor_kind: z.enum(actorKinds).nullish(),
  ticket_id: id.nullish(),
  resource_type: text(64).nullish(),
  resource_id: text(64).nullish(),
  since: time.nullish(),
  until: time.nullish(),
})

export const findRecordedEvents = z.strictObject({
  event_ids: z.array(text(64)).min(1).max(1_000),
})
