import { z } from 'zod'
import { assignmentPolicies } from '../values.ts'
import { id, name, slug, text } from './fields.ts'

export const createQueue = z
  .strictObject({
    slug,
    name,
    description: text(2000).nullish(),
    is_default: z.boolean().nullish(),
    assignment_policy: z.enum(assignmentPolicies).nullish(),
    agent_ids: z.array(id).max(500).nullish(),
    is_active: z.boolean().nullish(),
  })
  .refine(({ is_default, is_active }) => !(is_default && is_active === false), {
    path: ['is_active'],
    message: 'The default queue is active',
  })
