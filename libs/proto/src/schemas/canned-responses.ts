import { z } from 'zod'
import { id, markdown, name, slug } from './fields.ts'
import { paging } from './paging.ts'

const fields = {
  slug,
  title: name,
  body_md: markdown,
  queue_id: id.nullable(),
  is_active: z.boolean(),
  sort_order: z.int32(),
}

export const listCannedResponses = z.strictObject({
  ...paging,
  queue_id: id.nullish(),
  is_active: z.boolean().nullish(),
})

export const createCannedResponse = z.strictObject({
  ...fields,
  queue_id: fields.queue_id.nullish(),
  is_active: fields.is_active.nullish(),
  sort_order: fields.sort_order.nullish(),
})

export const updateCannedResponse = z.strictObject(fields).partial()

export const renderCannedResponse = z.strictObject({ ticket_id: id, agent_id: id.nullish() })
