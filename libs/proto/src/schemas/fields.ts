// The field types that requests are made of.

import { z } from 'zod'

// PostgreSQL text holds no NUL, and a lone surrogate would change on its way through UTF-8.
const storable = (text: string) => !text.includes('\u0000') && text.isWellFormed()

/**
 * Text of `min` to `max` characters that can be stored as it is. Characters are those of Unicode, as JSON Schema and
 * PostgreSQL count them; zod counts an emoji as two.
 */
export const text = (max: number, min = 1) =>
  z
    .string()
    .min(min)
    .check(({ value, issues }) => {
      if (value.length <= max || (value.length <= 2 * max && Array.from(value).length <= max)) return
      issues.push({ code: 'too_big', origin: 'string', maximum: max, inclusive: true, input: value })
    })
    .refine(storable, 'Must be well-formed Unicode without NUL')
    .meta({ maxLength: max })

/** A display name that is more than white space. */
export const name = text(120).refine((value) => value.trim() !== '', 'Must not be blank')

export const slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Must be lower-case letters and digits, with single hyphens between')

/** Markdown of up to 64 KiB in UTF-8. */
export const markdown = text(65_536)
  .refine((value) => Buffer.byteLength(value) <= 65_536, 'Must be at most 64 KiB')
  .refine((value) => value.trim() !== '', 'Must not be blank')

export const email = z.email().max(254)

/** A 64-bit id that a JavaScript number holds exactly. */
export const id = z.int().min(1)

/** In the years 1 to 9999, which RFC 3339, protobuf and PostgreSQL all know. */
export const time = z.date().min(new Date('0001-01-01T00:00:00Z')).max(new Date('9999-12-31T23:59:59.999Z'))

export const color = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'Must be #rrggbb')

export const limit = (most: number) => z.int().min(1).max(most)
