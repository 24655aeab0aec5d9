import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { eventCatalogue } from '../src/events.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is read like any client reads it
let document: any
beforeAll(() => {
  document = parse(readFileSync(join(import.meta.dirname, '../../../docs/asyncapi.yaml'), 'utf8'))
})

test('the document is AsyncAPI 3', () => {
  const specification = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json')
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const validate = ajv.compile(specification)
  const isValid = validate(document)
  expect(isValid, ajv.errorsText(validate.errors)).toBe(true)
}, 20_000)

test('every event type has a channel of its own subject, an operation and a message', () => {
  const types = Object.keys(eventCatalogue)
  expect(types.length).toBeGreaterThan(25)
  for (const part of [document.channels, document.operations, document.components.messages]) {
    expect(Object.keys(part)).toEqual(types)
  }
  for (const type of types) {
    expect(document.channels[type].address).toBe(`helpdesk.events.v1.{tenant_id}.${type}`)
  }
})

test('every reference points at something', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(references.length).toBeGreaterThan(100)
  for (const path of new Set(references)) {
    const target = path.split('/').reduce((at, step) => at?.[step], document)
    expect(target, path).toBeDefined()
  }
})
