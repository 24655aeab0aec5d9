// The OpenAPI document of a running system, as its clients read it.

import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const base = '/api/v1/helpdesk'

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema, and values that it describes
type Json = any

/** A parameter of the path, the query or the header. */
export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  schema: Json
  example?: Json
}

export interface Operation {
  operationId: string
  method: string
  /** Below the base path, with {id} or {ticket} in it. */
  path: string
  scope: 'read' | 'write' | 'admin'
  /** That of success. */
  status: string
  /** Every one that it may answer with. */
  statuses: number[]
  parameters: Parameter[]
  body?: { schema: Json; example?: Json }
  answer: { schema: Json; example?: Json }
}

export interface ApiDocument {
  /** The envelope of every error. */
  error: Json
  operations: Operation[]
  /** Says how a value differs from a schema of the document; nothing when it does not. */
  faults: (schema: Json, value: unknown) => string
}

export async function readDocument(gatewayUrl: string): Promise<ApiDocument> {
  const document: Json = await (await fetch(`${gatewayUrl}/api/openapi.json`)).json()
  const resolve = (part: Json): Json =>
    part.$ref === undefined
      ? part
      : part.$ref
          .slice(2)
          .split('/')
          .reduce((at: Json, step: string) => at[step], document)
  const operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]): Operation => {
      const status = Object.keys(operation.responses).find((each) => each.startsWith('2')) ?? ''
      return {
        operationId: operation.operationId,
        method: method.toUpperCase(),
        path: path.slice(base.length),
        scope: /Scope `helpdesk:(\w+)`/.exec(operation.description)?.[1] as Operation['scope'],
        status,
        statuses: Object.keys(operation.responses).map(Number),
        parameters: operation.parameters.map(resolve),
        body: operation.requestBody?.content['application/json'],
        answer: operation.responses[status].content['application/json'],
      }
    }),
  )
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  const { components } = document
  const known = new Map<Json, ReturnType<typeof ajv.compile>>()
  return {
    operations,
    error: components.schemas.Error,
    faults(schema, value) {
      const validate = known.get(schema) ?? ajv.compile({ ...schema, components })
      known.set(schema, validate)
      return validate(value) ? '' : ajv.errorsText(validate.errors)
    },
  }
}
