import { z } from 'zod'
import { type FieldViolation, invalidFields } from '../errors.ts'

/**
 * Checks a value against a schema.
 * Throws `validation_failed` naming every bad field once, each path below `prefix`.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  value: unknown,
  prefix: readonly PropertyKey[] = [],
): z.infer<S> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  const all = result.error.issues.flatMap((issue) => violations(issue, prefix))
  const first = new Map(all.toReversed().map((violation) => [violation.path, violation]))
  throw invalidFields(all.filter((violation) => first.get(violation.path) === violation))
}

/**
 * The fields of an update that are to change: those in the mask, or without a mask those that are set.
 * A masked field that is absent is `null`, which clears it.
 */
export function maskedFields<R extends { update_mask: string[] | null }>(
  request: R,
  updatable: readonly (keyof R & string)[],
): Record<string, unknown> {
  if (!request.update_mask?.length) {
    return Object.fromEntries(updatable.filter((key) => isSet(request[key])).map((key) => [key, request[key]]))
  }
  return Object.fromEntries(request.update_mask.map((key) => [key, request[key as keyof R] ?? null]))
}

const isSet = (value: unknown) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)

function violations(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): FieldViolation[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key].map(String).join('.'),
      code: 'unknown_field',
      message: 'There is no such field.',
    }))
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined
  return [
    {
      path: path.map(String).join('.') || 'body',
      code: missing ? 'required' : issue.code,
      message: missing ? 'This field is required.' : sentence(issue.message),
    },
  ]
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

z.config(z.locales.en())
