import type { CustomFieldDefinition } from '@helpdesk/proto/catalog'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { expect, test } from 'vitest'
import { type CustomFields, checkCustomFields, mergeCustomFields } from './custom-fields.ts'

const field = (key: string, type: string, more: Partial<CustomFieldDefinition> = {}): CustomFieldDefinition => ({
  key,
  label: key,
  type,
  required: false,
  options: [],
  ...more,
})

function violations(definitions: CustomFieldDefinition[], sent: CustomFields, merged = sent): string[] {
  try {
    checkCustomFields(definitions, sent, merged)
    return []
  } catch (error) {
    if (error instanceof HelpdeskError) return error.fields.map(({ path, code }) => `${path} ${code}`)
    throw error
  }
}

test.each([
  ['text', 'a', 1],
  ['number', 4.5, '4.5'],
  ['url', 'https://example.org/a?b=c', 'javascript:alert(1)'],
  ['email', 'a@example.org', 'a'],
  ['date', '2026-02-28', '2026-02-30'],
])('a %s field takes what fits and refuses what does not', (type, good, bad) => {
  expect(violations([field('f', type)], { f: good })).toEqual([])
  expect(violations([field('f', type)], { f: bad })).toEqual(['custom_fields.f invalid_format'])
})

test('a select takes one of its options', () => {
  const plan = field('plan', 'select', { options: ['free', 'paid'] })
  expect(violations([plan], { plan: 'paid' })).toEqual([])
  expect(violations([plan], { plan: 'other' })).toEqual(['custom_fields.plan invalid_value'])
})

test('a required field must be there and not empty', () => {
  const order = field('order', 'text', { required: true })
  expect(violations([order], {})).toEqual(['custom_fields.order required'])
  expect(violations([order], { order: '' })).toEqual(['custom_fields.order required'])
  expect(violations([order], {}, { order: 'from before' })).toEqual([])
})

test('a field that is not asked for may be left out', () => {
  expect(violations([field('f', 'number')], {})).toEqual([])
})

test('a field that nobody defined is refused, but one from an earlier topic may stay or go', () => {
  expect(violations([], { extra: 1 })).toEqual(['custom_fields.extra unknown_field'])
  expect(violations([], {}, { extra: 1 })).toEqual([])
  expect(violations([], { extra: null }, {})).toEqual([])
})

test('every bad field is named', () => {
  const definitions = [field('a', 'number'), field('b', 'text', { required: true })]
  expect(violations(definitions, { a: 'x', c: 1 })).toEqual([
    'custom_fields.a invalid_format',
    'custom_fields.b required',
    'custom_fields.c unknown_field',
  ])
})

test('sent fields are set, nulls taken out, the others stay', () => {
  expect(mergeCustomFields({ a: 1, b: 2, c: 3 }, { b: 4, c: null })).toEqual({ a: 1, b: 4 })
})
