import { errorCodes } from '@helpdesk/proto/errors'
import { z } from 'zod'
import { basePath } from '../http/base-path.ts'
import type { Route } from '../http/route.ts'
import examples from './examples.json' with { type: 'json' }
import { introduction } from './introduction.ts'

type Json = Record<string, unknown>

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
  return {
    operationId: route.operation + alias,
    tags: [tagOf(route)],
    summary: route.summary,
    description: [route.description, `Scope \`${route.scope}\`. Over gRPC: \`${route.rpc}\`.`]
      .filter(Boolean)
      .join('\n\n'),
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route, schemas),
      ref('parameters', 'X-Request-Id'),
      ref('parameters', 'X-Helpdesk-Actor'),
      ...(changing ? [ref('parameters', 'Idempotency-Key'), ref('parameters', 'If-Match')] : []),
      ...(!changing && single ? [ref('parameters', 'If-None-Match')] : []),
    ],
    ...(route.body && { requestBody: requestBody(route, schemas) }),
    responses: {
      [String(route.status ?? 200)]: {
        description: route.status === 201 ? 'Made.' : 'Done.',
        headers: responseHeaders(route),
        content: { 'application/json': { schema: answerSchema(route, schemas), ...exampleOf(route) } },
      },
      ...(!changing && single && { '304': { description: 'The resource is still the version in If-None-Match.' } }),
      ...errorResponses(route),
    },
  }
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: name === 'ticket' ? "The ticket's id, or its reference such as `HD-7K2M9QX`." : "The resource's id.",
    schema: name === 'ticket' ? { type: 'string' } : { type: 'integer', minimum: 1 },
  }))
}

function queryParameters({ query }: Route, schemas: Json): Json[] {
  if (!(query instanceof z.ZodObject)) return []
  const { properties = {} } = collect(query, 'output', schemas) as { properties?: Record<string, Json> }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description ? { description } : {}),
    ...(schema.type === 'array' && { style: 'form', explode: false }),
    schema,
  }))
}

const requestBody = (route: Route, schemas: Json): Json => ({
  required: !route.bodyOptional,
  content: { 'application/json': { schema: collect(route.body as z.ZodType, 'input', schemas) } },
})

/** The whole answer, in its envelope. */
export function answerOf(route: Route): z.ZodType {
  const request_id = z.string().describe('Quote it when you ask for help.')
  switch (route.envelope) {
    case 'one':
      return z.strictObject({ data: route.response, next_cursor: z.null(), request_id })
    case 'list':
      return z.strictObject({
        data: z.array(route.response),
        next_cursor: z.string().nullable().describe('`cursor` of the next page; null at the end.'),
        has_more: z.boolean(),
        total_count: z.int().min(0).max(1000).describe('Exact up to 1,000.'),
        total_count_capped: z.boolean().describe('True when there are more than 1,000.'),
        request_id,
      })
    case 'hook':
      return (route.response as z.ZodObject).extend({ request_id })
  }
}

const answerSchema = (route: Route, schemas: Json): Json => collect(answerOf(route), 'output', schemas)

function exampleOf({ operation }: Route): Json {
  const example = (examples as Record<string, { response?: unknown }>)[operation]?.response
  return example === undefined ? {} : { example }
}

const errorEnvelope = z.object({
  error: z.looseObject({
    code: z.enum(Object.keys(errorCodes).filter((code) => code !== 'invalid_service_token') as [string, ...string[]]),
    message: z.string(),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    fields: z
      .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .describe('Every bad field, such as `tags.0` or `query.limit`.'),
  }),
  request_id: z.string(),
})

function errorResponses({ method, path, query, body, envelope }: Route): Json {
  const changing = method === 'post'
  const item = path.includes('{')
  const possible: [number, string][] = [
    [400, changing ? 'The body is not JSON.' : 'The cursor was changed, or belongs to other filters.'],
    [401, 'The API key is missing, unknown, revoked or expired.'],
    [403, 'The key lacks the scope, its tenant the plan, or the origin is not allowed.'],
    [404, 'There is no such resource in this tenant.'],
    [409, 'The slug is taken, the state forbids it, or a request with this idempotency key is still running.'],
    [412, 'The resource has another version than If-Match.'],
    [413, 'The body is larger than 1 MiB.'],
    [415, 'The body is not application/json.'],
    [422, 'A field is not as it should be, or the idempotency key was used with another request.'],
    [429, 'The key has used up its requests for this minute; see Retry-After.'],
    [500, 'Something went wrong on our side.'],
    [503, 'A service behind the API is away; try again.'],
    [504, 'A service behind the API did not answer in time.'],
  ]
  const needed: Record<number, boolean> = {
    400: body !== undefined || envelope === 'list',
    404: item,
    409: changing && envelope !== 'hook',
    412: changing && item,
    413: changing,
    415: changing,
    422: changing || query !== undefined,
  }
  const content = { 'application/json': { schema: ref('schemas', 'Error') } }
  return Object.fromEntries(
    possible
      .filter(([status]) => needed[status] ?? true)
      .map(([status, description]) => [String(status), { description, content }]),
  )
}

const responseHeaders = ({ envelope, method }: Route): Json =>
  Object.fromEntries(
    [
      'X-Request-Id',
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      ...(envelope === 'one' ? ['ETag'] : []),
      ...(method === 'post' ? ['Idempotency-Replayed'] : []),
    ].map((name) => [name, ref('headers', name)]),
  )

const header = (description: string, type = 'string'): Json => ({ description, schema: { type } })

const headers: Json = {
  'X-Request-Id': header('The request id, sent or made.'),
  'X-RateLimit-Limit': header('Requests a minute for this key.', 'integer'),
  'X-RateLimit-Remaining': header('Requests left in this minute.', 'integer'),
  'X-RateLimit-Reset': header('When the minute ends, in Unix seconds.', 'integer'),
  ETag: header("The resource's version in quotes, where it has one."),
  'Idempotency-Replayed': header('`true` when the answer is a stored one.'),
}

const parameter = (name: string, description: string, pattern?: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', ...(pattern && { pattern }) },
})

const parameters: Json = {
  'X-Request-Id': parameter('X-Request-Id', 'Your id for the request; one is made when it is absent.'),
  'X-Helpdesk-Actor': parameter(
    'X-Helpdesk-Actor',
    'The person the key acts for, who is recorded instead of it.',
    '^(agent|requester):[1-9][0-9]*$',
  ),
  'Idempotency-Key': parameter(
    'Idempotency-Key',
    'The same key and body within 24 hours give the stored answer instead of a second change.',
    '^[ -~]{1,255}$',
  ),
  'If-Match': parameter('If-Match', 'The ETag the change is meant for.'),
  'If-None-Match': parameter('If-None-Match', 'The ETag you have; 304 when it is still current.'),
}

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` })

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
