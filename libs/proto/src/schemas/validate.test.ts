import { expect, test } from 'vitest'
import { HelpdeskError } from '../errors.ts'
import { createTag, maskedFields, updateTag, validate } from './index.ts'

const violationsOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof HelpdeskError) return error.fields.map(({ path, code }) => `${path} ${code}`)
    throw error
  }
  return []
}

test('a good request comes back as it was', () => {
  const tag = { slug: 'refund', name: 'Refund', color: '#dc2626' }
  expect(validate(createTag, tag)).toEqual(tag)
})

test('every bad field is named, unknown ones too', () => {
  expect(violationsOf(() => validate(createTag, { slug: 'Bad Slug', colour: 1 }))).toEqual([
    'slug invalid_format',
    'name required',
    'colour unknown_field',
  ])
})

test('a value of the wrong type is told apart from one that is not there', () => {
  expect(violationsOf(() => validate(createTag, { slug: 5 }))).toEqual(['slug invalid_type', 'name required'])
})

test('text that PostgreSQL or UTF-8 would not keep is refused', () => {
  for (const name of ['a\u0000b', '\ud800', '   ', '']) {
    expect(violationsOf(() => validate(createTag, { slug: 'a', name }))).not.toEqual([])
  }
})

test('an update changes what its mask names, and null clears', () => {
  const request = { id: 1, slug: null, name: 'New', color: null, update_mask: ['name', 'color'] }
  expect(maskedFields(request, ['slug', 'name', 'color'])).toEqual({ name: 'New', color: null })
})

test('an update without a mask changes what is set', () => {
  const request = { id: 1, slug: null, name: 'New', color: null, update_mask: null }
  expect(maskedFields(request, ['slug', 'name', 'color'])).toEqual({ name: 'New' })
})

test('a mask that names no field of the resource is refused', () => {
  const request = { id: 1, slug: null, name: null, color: null, update_mask: ['id'] }
  expect(violationsOf(() => validate(updateTag, maskedFields(request, [])))).toEqual(['id unknown_field'])
})
