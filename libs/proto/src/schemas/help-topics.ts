import { z } from 'zod'
import { customFieldTypes, ticketPriorities } from '../values.ts'
import { id, name, slug, text } from './fields.ts'
import { paging } from './paging.ts'

const customField = z
  .strictObject({
    key: z
      .string()
      .max(64)
      .regex(/^[a-z][a-z0-9_]*$/, 'Must be lower-case letters, digits and underscores, a letter first'),
    label: name,
    type: z.enum(customFieldTypes),
    required: z.boolean(),
    options: z.array(text(120)).max(100),
  })
  .refine(({ type, options }) => (type === 'select') === options.length > 0, {
    path: ['options'],
    message: 'A select needs options, and no other type has them',
  })
  .refine(({ options }) => new Set(options).size === options.length, {
    path: ['options'],
    message: 'Each option must be there once',
  })

const fields = {
  slug,
  name,
  queue_id: id.nullable(),
  default_priority: z.enum(ticketPriorities).nullable(),
  is_active: z.boolean(),
  custom_fields: z
    .array(customField)
    .max(50)
    .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'Each key must be there once'),
}

export const listHelpTopics = z.strictObject({ ...paging, include_inactive: z.boolean() })

export const createHelpTopic = z.strictObject({
  ...fields,
  queue_id: fields.queue_id.nullish(),
  default_priority: fields.default_priority.nullish(),
  is_active: fields.is_active.nullish(),
})

export const updateHelpTopic = z.strictObject(fields).partial()
