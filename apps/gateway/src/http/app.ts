import { HelpdeskError } from '@helpdesk/proto/errors'
import { type HealthOptions, type Logger, readiness } from '@helpdesk/service'
import express, { type Express, type RequestHandler } from 'express'
import { routes } from '../routes/index.ts'
import type { KeyRing } from '../store/key-ring.ts'
import { sendError } from './api-error.ts'
import { authenticate } from './authenticate.ts'
import { rateLimit } from './rate-limit.ts'
import { takeRequestId } from './request-id.ts'
import type { Services } from './route.ts'
import { routerOf } from './router.ts'

export const basePath = '/api/v1/helpdesk'

interface AppOptions {
  keys: KeyRing
  services: Services
  health: HealthOptions
  ratePerMinute: number
  log: Logger
}

/** The public HTTP interface: what every request passes, in order. */
export function createApp({ keys, services, health, ratePerMinute, log }: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  // Versions are the ETags; a hash over each body would cost time and say less.
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)

  app.use(takeRequestId)
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    const ready = await readiness(health)
    response.status(ready.status === 'unavailable' ? 503 : 200).json(ready)
  })
  app.use(basePath, authenticate(keys), rateLimit(ratePerMinute), routerOf(routes, services))
  app.use(noSuchRoute)
  app.use(sendError(log))
  return app
}

const noSuchRoute: RequestHandler = (request) => {
  throw new HelpdeskError('route_not_found', `There is no ${request.path} here.`)
}
