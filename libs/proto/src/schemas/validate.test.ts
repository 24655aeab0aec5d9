import { expect, test } from 'vitest'
import { HelpdeskError } from '../errors.ts'
import { decodeError, encodeError } from '../google-rpc.ts'
import { createTag, maskedFields, updateTag, validate } from './index.ts'

function errorOf(run: () => unknown): HelpdeskError {
  try {
    run()
  } catch (error) {
    if (error instanceof HelpdeskError) return error
    throw error
  }
  return new HelpdeskError('internal', 'It was not refused.')
}
const violationsOf = (run: () => unknown) => errorOf(run).fields.map(({ path, code }) => `${path} ${code}`)

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

test('of very many bad fields the first are named, and the rest counted, in headers of less than 8 KiB', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `${index} ${'é😀'.repeat(100)}`)
  const error = errorOf(() => validate(createTag, Object.fromEntries(names.map((name) => [name, 1]))))
  const { more_fields } = error.details
  expect(error.fields.length).toBeGreaterThan(5)
  expect(error.fields.length + Number(more_fields)).toBe(10_002)
  expect(error.fields[2]?.path).toMatch(/^0 (é😀)+é?\.\.\.$/)
  expect(encodeError(error).toString('base64').length + encodeURI(error.message).length).toBeLessThan(8_000)
  const short = errorOf(() => validate(createTag, Object.fromEntries(names.map((_, index) => [`a${index}`, 1]))))
  expect(short.fields).toHaveLength(50)
  expect(decodeError(encodeError(short))).toMatchObject({ fields: short.fields, details: { more_fields: 9_952 } })
})

test('a value of the wrong type is told apart from one that is not there', () => {
  expect(violationsOf(() => validate(createTag, { slug: 5 }))).toEqual(['slug invalid_type', 'name required'])
})

test('text that PostgreSQL or UTF-8 would not keep is refused', () => {
  for (const name of ['a\u0000b', '\ud800', '   ', '']) {
    expect(violationsOf(() => validate(createTag, { slug: 'a', name }))).not.toEqual([])
  }
})

test('a character is one, however many bytes it has', () => {
  const named = (name: string) => violationsOf(() => validate(createTag, { slug: 'a', name }))
  for (const character of ['x', 'é', '😀']) {
    expect([named(character.repeat(120)), named(character.repeat(121))]).toEqual([[], ['name too_big']])
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
