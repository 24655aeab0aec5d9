import { errorCodes, type FieldViolation, HelpdeskError } from '@helpdesk/proto/errors'
import type { Logger } from '@helpdesk/service'
import type { ErrorRequestHandler, Request } from 'express'
import { requestIdOf } from './request-id.ts'

/** Turns whatever was thrown into the error envelope. What is no HelpdeskError is logged and told as `internal`. */
export const sendError = (log: Logger): ErrorRequestHandler =>
  function errorEnvelope(thrown, request, response, next) {
    if (response.headersSent) return next(thrown)
    const requestId = requestIdOf(response)
    const error = thrown instanceof HelpdeskError ? thrown : fromExpress(thrown)
    if (!error || error.code === 'internal') log.error({ err: thrown, request_id: requestId }, 'Request failed')
    const told = error ?? new HelpdeskError('internal', 'Something went wrong on our side.')
    const { http, retryable } = errorCodes[told.code]
    if (http === 503) response.set('Retry-After', '1')
    // Only our own words leave the house on a 500.
    const internal = http === 500
    response.status(http).json({
      error: {
        code: internal ? 'internal' : told.code,
        message: internal ? 'Something went wrong on our side.' : told.message,
        retryable,
        ...(told.fields.length > 0 && { fields: told.fields.map(asRestField(request)) }),
        ...told.details,
      },
      request_id: requestId,
    })
  }

/** What express found wrong with a path or a body. */
function fromExpress(thrown: { status?: number }): HelpdeskError | undefined {
  // Status 400 as well, of a path that cannot be decoded.
  if (thrown instanceof URIError) return new HelpdeskError('route_not_found', 'There is no such path.')
  switch (thrown?.status) {
    case 400:
      return new HelpdeskError('invalid_json', 'The body is not JSON.')
    case 413:
      return new HelpdeskError('payload_too_large', 'The body is larger than 1 MiB.')
    case 415:
      return new HelpdeskError('unsupported_media_type', 'The body must be UTF-8, plain or in gzip, deflate or br.')
    default:
      return undefined
  }
}

// Services name metadata; REST clients sent it as headers.
const headers = new Map([
  ['metadata.x-actor', 'header.X-Helpdesk-Actor'],
  ['metadata.if-match', 'header.If-Match'],
  ['metadata.idempotency-key', 'header.Idempotency-Key'],
])

const asRestField =
  ({ method }: Request) =>
  (field: FieldViolation): FieldViolation => {
    const named = headers.get(field.path) ?? field.path
    // What a service calls a field of its request came in the query where there is no body.
    const inQuery = ['GET', 'HEAD'].includes(method) && !/^(query|header)\./.test(named)
    return { ...field, path: inQuery ? `query.${named}` : named }
  }
