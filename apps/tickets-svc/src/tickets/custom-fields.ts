// The rules of custom fields.

import type { CustomFieldDefinition } from '@helpdesk/proto/catalog'
import { type FieldViolation, invalidFields } from '@helpdesk/proto/errors'
import type { CustomFieldType } from '@helpdesk/proto/values'
import { z } from 'zod'

export type CustomFields = Record<string, unknown>

/** The fields with those that were sent set, and those that were sent as null taken out. */
export function mergeCustomFields(current: CustomFields, sent: CustomFields): CustomFields {
  const merged = Object.entries({ ...current, ...sent })
  return Object.fromEntries(merged.filter(([, value]) => value !== null))
}

/**
 * Checks a ticket's fields against the definitions of its help topic.
 * What was sent must be defined and fit; what the ticket has from an earlier topic may stay.
 * Throws `validation_failed` naming each bad field at custom_fields.<key>.
 */
export function checkCustomFields(
  definitions: readonly CustomFieldDefinition[],
  sent: CustomFields,
  merged: CustomFields,
): void {
  const defined = new Set(definitions.map(({ key }) => key))
  const unknown = Object.keys(sent).filter((key) => !defined.has(key) && sent[key] !== null)
  const fields = [
    ...definitions.flatMap((definition) => violation(definition, merged[definition.key]) ?? []),
    ...unknown.map((key) => at(key, 'unknown_field', 'The help topic has no such field.')),
  ]
  if (fields.length > 0) throw invalidFields(fields)
}

function violation(
  { key, type, required, options }: CustomFieldDefinition,
  value: unknown,
): FieldViolation | undefined {
  if (value === undefined || value === '') return required ? at(key, 'required', 'This field is required.') : undefined
  if (type === 'select') {
    return options.includes(value as string)
      ? undefined
      : at(key, 'invalid_value', `Must be one of: ${options.join(', ')}.`)
  }
  const { schema, message } = kinds[type as Exclude<CustomFieldType, 'select'>]
  return schema.safeParse(value).success ? undefined : at(key, 'invalid_format', message)
}

const kinds = {
  text: { schema: z.string(), message: 'Must be text.' },
  number: { schema: z.number(), message: 'Must be a number.' },
  url: { schema: z.url({ protocol: /^https?$/ }), message: 'Must be an http or https address.' },
  email: { schema: z.email(), message: 'Must be an e-mail address.' },
  date: { schema: z.iso.date(), message: 'Must be a date, as in 2026-11-24.' },
}

const at = (key: string, code: string, message: string): FieldViolation => ({
  path: `custom_fields.${key}`,
  code,
  message,
})
