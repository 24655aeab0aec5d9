// Query parameters come as text; these read them into what the schemas of the contract check.

import { time as withinYears } from '@helpdesk/proto/schemas'
import { z } from 'zod'

/** A whole number in decimal digits. */
export const number = (schema: z.ZodType<number, number>) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'Must be a whole number')
    .transform(Number)
    .pipe(schema)

/** Several values with commas between. */
export const commaSeparated = <T>(schema: z.ZodType<T[]>) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(schema as z.ZodType<T[], string[]>)

/** An RFC 3339 time with its offset. */
export const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .pipe(withinYears)

/** `true` or `false`. */
export const boolean = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean())
