import { z } from 'zod'
import { email, name } from './fields.ts'

export const createAgent = z.strictObject({
  name,
  email,
  is_active: z.boolean().nullish(),
  is_available: z.boolean().nullish(),
})

export const updateAgent = z.strictObject({ name, email, is_active: z.boolean(), is_available: z.boolean() }).partial()
