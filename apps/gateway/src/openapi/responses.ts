import { errorCodes } from '@helpdesk/proto/errors'
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
      .describe('Every bad field, such as `tags.0` or `query.limit`.'),
  }),
  request_id: z.string(),
})

/** The errors that a route may answer with. */
export function errorResponses({ method, path, query, body, envelope, status, response }: Route): Json {
  const changing = method === 'post'
  const item = path.includes('{')
  const versioned = response instanceof z.ZodObject && 'version' in response.shape
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
    409: changing,
    412: changing && (item || (versioned && status !== 201)),
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
