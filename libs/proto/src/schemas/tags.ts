import { z } from 'zod'
import { color, name, slug } from './fields.ts'

export const createTag = z.strictObject({ slug, name, color: color.nullish() })

export const updateTag = z.strictObject({ slug, name, color }).partial()
