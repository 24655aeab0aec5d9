import { HelpdeskError } from '@helpdesk/proto/errors'
import type { RequestHandler } from 'express'
import { keyOf } from './authenticate.ts'

const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-Helpdesk-Actor',
  'X-Request-Id',
  'traceparent',
]
const exposedHeaders = [
  'ETag',
  'Idempotency-Replayed',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-Id',
].join(', ')

/**
 * Lets browsers of every origin call, without cookies: what counts is the key. A preflight carries no key, so it is
 * answered for everybody; `checkOrigin` holds the request itself against its key.
 */
export const cors: RequestHandler = (request, response, next) => {
  response.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': exposedHeaders })
  if (request.method !== 'OPTIONS') return next()
  response
    .set({
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PATCH, DELETE',
      'Access-Control-Allow-Headers': allowedHeaders.join(', '),
      'Access-Control-Max-Age': '86400',
    })
    .status(204)
    .end()
}

/** Throws `origin_not_allowed` for a browser at an origin that its key is not for. */
export const checkOrigin: RequestHandler = (request, response, next) => {
  const origin = request.get('Origin')
  const allowed = keyOf(response).allowed_origins
  if (origin === undefined || allowed === null) return next()
  response.vary('Origin')
  if (!allowed.includes(origin)) {
    response.removeHeader('Access-Control-Allow-Origin')
    throw new HelpdeskError('origin_not_allowed', `This key may not be used from ${origin}.`)
  }
  response.set('Access-Control-Allow-Origin', origin)
  next()
}
