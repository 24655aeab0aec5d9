// What the documents show of the API and of its events, against a system that is told the same story again.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Recording, recordStory } from '../../../tools/examples/record.ts'
import { type ApiDocument, readDocument } from './document.ts'
import { type System, startSystem } from './system.ts'

let system: System
let document: ApiDocument
let recording: Recording
beforeAll(async () => {
  system = await startSystem()
  document = await readDocument(system.local.gateway_url)
  recording = await recordStory(system.local)
})
afterAll(() => system[Symbol.asyncDispose]())

/** Operations that have no example yet. */
const withoutExample = [
  'analyzeSentiment',
  'askAudit',
  'categorizeTicket',
  'findKnowledgeGaps',
  'generateCannedResponse',
  'predictResolution',
  'suggestReply',
  'summarizeTicket',
]

const shown = () => document.operations.filter(({ operationId }) => !withoutExample.includes(operationId))

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
  expect(lacking.map(({ operationId }) => operationId).sort()).toEqual(withoutExample)
})

test('every example is what the document says of it', () => {
  for (const { operationId, answer, body, parameters } of shown()) {
    expect(document.faults(answer.schema, answer.example), operationId).toBe('')
    if (body) expect(document.faults(body.schema, body.example), operationId).toBe('')
    for (const { name, schema, example } of parameters.filter(({ example }) => example !== undefined)) {
      expect(document.faults(schema, example), `${operationId} ${name}`).toBe('')
    }
  }
})

test('every example looks as the same request and its answer look now; else: npm run gen:examples', () => {
  for (const { operationId, answer, body } of shown()) {
    const told = recording.examples[operationId.replace(/By(Patch|Delete)$/, '')]
    expect(shapeOf(answer.example), operationId).toEqual(shapeOf(told?.response))
    expect(shapeOf(body?.example), operationId).toEqual(shapeOf(told?.request.body))
  }
})

test('no example holds a key', () => {
  expect(JSON.stringify([document.operations, recording])).not.toMatch(/mc_(live|test)_[\w-]{20}/)
})
