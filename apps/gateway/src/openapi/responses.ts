import { type ErrorCode, errorCodes } from '@helpdesk/proto/errors'
import { z } from 'zod'
import type { Route } from '../http/route.ts'
import { type Json, ref } from './components.ts'

/** The body of every error. */
export const errorEnvelope = z.object({
  error: z.looseObject({
    code: z.enum(Object.keys(errorCodes).filter((code) => code !== 'invalid_service_token') as [string, ...string[]]),
    message: z.string(),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    fields: z
      .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
      .optional()
      .describe('The bad fields, such as `tags.0` or `query.limit`, up to 50.'),
    more_fields: z.int().optional().describe('How many bad fields are not named.'),
  }),
  request_id: z.string(),
})

type Refusal = [status: number, code: ErrorCode, description: string]

const badCursor: Refusal = [400, 'invalid_cursor', 'The cursor was changed, or belongs to other filters.']
const refusals: Refusal[] = [
  [400, 'invalid_json', 'The body is not JSON.'],
  [401, 'invalid_api_key', 'The API key is missing, unknown, revoked or expired.'],
  [403, 'insufficient_scope', 'The key lacks the scope, its tenant the plan, or the origin is not allowed.'],
  [404, 'not_found', 'There is no such resource in this tenant.'],
  [
    409,
    'conflict',
    'The slug is taken, the state forbids it, or a request with this idempotency key is still running.',
  ],
  [412, 'version_mismatch', 'The resource has another version than If-Match.'],
  [413, 'payload_too_large', 'The body is larger than 1 MiB.'],
  [415, 'unsupported_media_type', 'The body is not application/json in UTF-8, plain or in gzip, deflate or br.'],
  [422, 'validation_failed', 'A field is not as it should be, or the idempotency key was used with another request.'],
  [429, 'rate_limited', 'The key has used up its requests for this minute; see Retry-After.'],
  [431, 'payload_too_large', 'The path and the headers are together larger than 16 KiB.'],
  [500, 'internal', 'Something went wrong on our side.'],
  [503, 'unavailable', 'A service behind the API is away; try again.'],
  [504, 'deadline_exceeded', 'A service behind the API did not answer in time.'],
]

const nameOf = ([status, code]: Refusal) => `${status}_${code}`

/** The errors of all routes, by name. */
export const errors: Json = Object.fromEntries(
  [badCursor, ...refusals].map((refusal) => {
    const [status, code, description] = refusal
    const { retryable } = errorCodes[code]
    const example = { error: { code, message: description, retryable }, request_id: 'req_6e1d0a4b' }
    const headers = status === 429 || status === 503 ? { 'Retry-After': ref('headers', 'Retry-After') } : undefined
    const content = { 'application/json': { schema: ref('schemas', 'Error'), example } }
    return [nameOf(refusal), { description, headers, content }]
  }),
)

/** Those that a route may answer with. */
export function errorResponses({ method, path, envelope, status, response }: Route): Json {
  const changing = method === 'post'
  const item = path.includes('{')
  const versioned = response instanceof z.ZodObject && 'version' in response.shape
  const needed: Record<number, boolean> = {
    400: changing || envelope === 'list',
    404: item,
    409: changing,
    412: changing && (item || (versioned && status !== 201)),
    413: changing,
    415: changing,
  }
  return Object.fromEntries(
    refusals
      .filter(([status]) => needed[status] ?? true)
      .map((refusal) => (refusal[0] === 400 && !changing ? badCursor : refusal))
      .map((refusal) => [String(refusal[0]), ref('responses', nameOf(refusal))]),
  )
}

/** The headers of a route's success. */
export const responseHeaders = ({ envelope, method }: Route): Json =>
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
