import { z } from 'zod'
import { basePath } from '../http/base-path.ts'
import type { Route } from '../http/route.ts'
import { requestId } from '../routes/resources.ts'
import { headers, type Json, parameters, ref } from './components.ts'
import { exampleOf, fromQuery } from './example.ts'
import { introduction } from './introduction.ts'
import { errorEnvelope, errorResponses, errors, responseHeaders } from './responses.ts'

/** The OpenAPI 3.1 document of the routes. `version` is the API's. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const schemas: Json = { Error: schemaOf(errorEnvelope, 'output').schema }
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    for (const { path, method, alias } of waysTo(route)) {
      paths[basePath + path] = { ...paths[basePath + path], [method]: operationOf(route, alias, schemas) }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'helpdesk',
      version,
      description: introduction,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `mc_live_…` or `mc_test_…`.' },
      },
      headers,
      parameters,
      responses: errors,
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a.localeCompare(b))),
    },
  }
}

interface Way {
  path: string
  method: string
  /** The operation's name has this behind it, when the way is an alias. */
  alias: string
}

/** Under which paths and methods the router serves a route. */
export function waysTo({ method, path }: Route): Way[] {
  const own = { path, method, alias: '' }
  if (method === 'post' && path.endsWith('/delete')) {
    return [own, { path: path.slice(0, -'/delete'.length), method: 'delete', alias: 'ByDelete' }]
  }
  if (method === 'post' && path.endsWith('}')) return [own, { path, method: 'patch', alias: 'ByPatch' }]
  return [own]
}

const tagOf = ({ path }: Route): string => path.split('/')[1] ?? ''

function operationOf(route: Route, alias: string, schemas: Json): Json {
  const changing = route.method === 'post'
  const single = route.envelope === 'one'
  const example = exampleOf(route.operation)
  return {
    operationId: route.operation + alias,
    tags: [tagOf(route)],
    summary: route.summary,
    description: [route.description, `Scope \`${route.scope}\`. Over gRPC: \`${route.rpc}\`.`]
      .filter(Boolean)
      .join('\n\n'),
    parameters: [
      ...pathParameters(route),
      ...queryParameters(route, schemas),
      ref('parameters', 'X-Request-Id'),
      ref('parameters', 'X-Helpdesk-Actor'),
      ...(changing ? [ref('parameters', 'Idempotency-Key')] : []),
      ...(changing && route.path.includes('{') ? [ref('parameters', 'If-Match')] : []),
      ...(!changing && single ? [ref('parameters', 'If-None-Match')] : []),
    ],
    ...(route.body && { requestBody: requestBody(route, schemas) }),
    responses: {
      [String(route.status ?? 200)]: {
        description: route.status === 201 ? 'Made.' : 'Done.',
        headers: responseHeaders(route),
        content: { 'application/json': { schema: answerSchema(route, schemas), ...withExample(example?.response) } },
      },
      ...(!changing && single && { '304': { description: 'The resource is still the version in If-None-Match.' } }),
      ...errorResponses(route),
    },
  }
}

const withExample = (example: unknown): Json => (example === undefined ? {} : { example })

function pathParameters({ operation, path }: Route): Json[] {
  const given = exampleOf(operation)?.request.path
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: name === 'ticket' ? "The ticket's id, or its reference such as `HD-7K2M9QX`." : "The resource's id.",
    schema: name === 'ticket' ? { type: 'string' } : { type: 'integer', minimum: 1 },
    ...withExample(name === 'ticket' && given ? String(given[name]) : given?.[name]),
  }))
}

function queryParameters({ operation, query }: Route, schemas: Json): Json[] {
  if (!(query instanceof z.ZodObject)) return []
  const given = exampleOf(operation)?.request.query ?? {}
  const { properties = {} } = collect(query, 'output', schemas) as { properties?: Record<string, Json> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description ? { description } : {}),
    ...(schema.type === 'array' && { style: 'form', explode: false }),
    schema,
    ...withExample(given[name] && fromQuery(given[name], schema)),
  }))
}

function requestBody(route: Route, schemas: Json): Json {
  const schema = collect(route.body as z.ZodType, 'input', schemas)
  const content = { 'application/json': { schema, ...withExample(exampleOf(route.operation)?.request.body) } }
  return { required: !route.bodyOptional, content }
}

/** The whole answer, in its envelope. */
export function answerOf(route: Route): z.ZodType {
  switch (route.envelope) {
    case 'one':
      return z.strictObject({ data: route.response, next_cursor: z.null(), request_id: requestId })
    case 'list':
      return z.strictObject({
        data: z.array(route.response),
        next_cursor: z.string().nullable().describe('`cursor` of the next page; null at the end.'),
        has_more: z.boolean(),
        total_count: z.int().min(0).max(1000).describe('Exact up to 1,000.'),
        total_count_capped: z.boolean().describe('True when there are more than 1,000.'),
        request_id: requestId,
      })
    case 'hook':
      return route.response
  }
}

const answerSchema = (route: Route, schemas: Json): Json => collect(answerOf(route), 'output', schemas)

/** A schema whose named parts stand in `schemas`. */
function collect(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { schema: own, named } = schemaOf(schema, io)
  Object.assign(schemas, named)
  return own
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): { schema: Json; named: Json } {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
      delete jsonSchema.id
    },
  })
  const {
    $schema,
    $defs = {},
    ...own
  } = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'))
  return { schema: own, named: $defs }
}
