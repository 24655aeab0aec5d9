import { randomUUID } from 'node:crypto'
import type { RequestHandler, Response } from 'express'

/** Takes the client's X-Request-Id when it is fit for logs, else makes one, and sends it back. */
export const takeRequestId: RequestHandler = (request, response, next) => {
  const given = request.get('X-Request-Id') ?? ''
  const requestId = /^[\w.:-]{1,128}$/.test(given) ? given : newRequestId()
  response.locals.requestId = requestId
  response.set('X-Request-Id', requestId)
  next()
}

export const requestIdOf = (response: Response): string => response.locals.requestId

export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`
