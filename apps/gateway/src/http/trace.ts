import { readTraceparent } from '@helpdesk/proto/call'
import { startStep } from '@helpdesk/service'
import type { RequestHandler, Response } from 'express'
import { requestIdOf } from './request-id.ts'

/** Makes the request a step of the client's trace, or of a new one, named by its route once that is known. */
export const traceRequest: RequestHandler = (request, response, next) => {
  const { method } = request
  const step = startStep('server', method, readTraceparent(request.get('traceparent')), {
    'http.request.method': method,
    'helpdesk.request_id': requestIdOf(response),
  })
  response.locals.traceparent = step.traceparent
  response.once('close', () => {
    const { statusCode } = response
    const path: string | undefined = request.route && request.baseUrl + request.route.path
    step.end(
      statusCode >= 500 ? String(statusCode) : undefined,
      { 'http.response.status_code': statusCode, ...(path && { 'http.route': path }) },
      path && `${method} ${path}`,
    )
  })
  next()
}

export const traceparentOf = (response: Response): string | undefined => response.locals.traceparent
