// What the documents show of the API and of its events, against a system that is told the same story again.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Recording, recordStory, startStoryModel } from '../../../tools/examples/record.ts'
import { type ApiDocument, readDocument } from './document.ts'
import { type System, startSystem } from './system.ts'

let model: AsyncDisposable & { url: string }
let system: System
let document: ApiDocument
let recording: Recording
beforeAll(async () => {
  model = await startStoryModel()
  system = await startSystem({ env: { ANTHROPIC_BASE_URL: model.url } })
  document = await readDocument(system.local.gateway_url)
  recording = await recordStory(system.local)
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  await model[Symbol.asyncDispose]()
})

/** Its keys and the kinds of its values, through and through. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]))
}

test('every operation shows what it answers and, where it takes any, an id and a body', () => {
  const lacking = document.operations.filter(
    ({ answer, body, parameters }) =>
      !answer.example ||
      (body && !body.example) ||
      parameters.some((parameter) => parameter.in === 'path' && parameter.example === undefined),
  )
  expect(lacking.map(({ operationId }) => operationId).sort()).toEqual([])
})

test('every example is what the document says of it', () => {
  for (const { operationId, answer, body, parameters } of document.operations) {
    expect(document.faults(answer.schema, answer.example), operationId).toBe('')
    if (body) expect(document.faults(body.schema, body.example), operationId).toBe('')
    for (const { name, schema, example } of parameters.filter(({ example }) => example !== undefined)) {
      expect(document.faults(schema, example), `${operationId} ${name}`).toBe('')
    }
  }
})

test('every example looks as the same request and its answer look now; else: npm run gen:examples', () => {
  for (const { operationId, answer, body } of document.operations) {
    const told = recording.examples[operationId.replace(/By(Patch|Delete)$/, '')]
    expect(shapeOf(answer.example), operationId).toEqual(shapeOf(told?.response))
    expect(shapeOf(body?.example), operationId).toEqual(shapeOf(told?.request.body))
  }
})

test('no example holds a key', () => {
  expect(JSON.stringify([document.operations, recording])).not.toMatch(/mc_(live|test)_[\w-]{20}/)
})

// biome-ignore lint/suspicious/noExplicitAny: the document is read like any client reads it
const asyncApi: any = parse(readFileSync(join(import.meta.dirname, '../../../docs/asyncapi.yaml'), 'utf8'))

/** Says how an event differs from what the document says of its type; a field it does not name is a difference too. */
function eventFaults(): (type: string, event: unknown) => string {
  const { messages, schemas } = structuredClone(asyncApi.components)
  for (const schema of Object.values<{ additionalProperties: boolean }>(schemas)) schema.additionalProperties = false
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  return (type, event) => {
    const validate = ajv.compile({ ...messages[type]?.payload, components: { schemas } })
    return validate(event) ? '' : ajv.errorsText(validate.errors)
  }
}

test('every event type is told, and shown as it is told', () => {
  const told = new Map(recording.events.toReversed().map((event) => [String(event.type), event]))
  const types = Object.keys(asyncApi.components.messages)
  expect([...told.keys()].sort()).toEqual(types.sort())
  for (const type of types) {
    const [sample] = asyncApi.components.messages[type].examples ?? []
    expect(shapeOf(sample?.payload), `${type}: npm run gen:examples && npm run gen`).toEqual(shapeOf(told.get(type)))
  }
})

test('every event is what the AsyncAPI document says', () => {
  const faults = eventFaults()
  expect(recording.events.length).toBeGreaterThan(35)
  for (const event of recording.events) expect(faults(event.type, event), JSON.stringify(event)).toBe('')
  const [first] = recording.events
  expect(faults('tag.created', first)).not.toBe('')
})
