import { z } from 'zod'
import { assignmentPolicies } from '../values.ts'
import { id, name, slug, text } from './fields.ts'

const description = text(2000)
const assignment_policy = z.enum(assignmentPolicies)
const agent_ids = z.array(id).max(500)

export const createQueue = z
  .strictObject({
    slug,
    name,
    description: description.nullish(),
    is_default: z.boolean().nullish(),
    assignment_policy: assignment_policy.nullish(),
    agent_ids: agent_ids.nullish(),
    is_active: z.boolean().nullish(),
  })
  .refine(({ is_default, is_active }) => !(is_default && is_active === false), {
    path: ['is_active'],
    message: 'The default queue is active',
  })

export const updateQueue = z
  .strictObject({
    slug,
    name,
    description: description.nullable(),
    is_default: z.boolean(),
    assignment_policy,
    agent_ids,
    is_active: z.boolean(),
  })
  .partial()
