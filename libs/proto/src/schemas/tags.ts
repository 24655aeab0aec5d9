import { z } from 'zod'
import { color, name, slug } from './fields.ts'
import { paging } from './paging.ts'

export const listTags = z.strictObject({ ...paging, slug: z.array(slug).max(100).nullish() })

export const createTag = z.strictObject({ slug, name, color: color.nullish() })

export const updateTag = z.strictObject({ slug, name, color }).partial()
