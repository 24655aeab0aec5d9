import { HelpdeskError } from '@helpdesk/proto/errors'
import { type HealthOptions, type Logger, readiness, readinessStatus } from '@helpdesk/service'
import express, { type Express, type RequestHandler } from 'express'
import { docsRouter } from '../openapi/docs.ts'
import { routes } from '../routes/index.ts'
import type { KeyRing } from '../store/key-ring.ts'
import { sendError } from './api-error.ts'
import { authenticate } from './authenticate.ts'
import { basePath } from './base-path.ts'
import { checkHost } from './check-host.ts'
import { checkOrigin, cors } from './cors.ts'
import { limitLoad } from './limit-load.ts'
import { type RequestCounter, rateLimit } from './rate-limit.ts'
import { takeRequestId } from './request-id.ts'
import type { Services } from './route.ts'
import { routerOf } from './router.ts'
import { traceRequest } from './trace.ts'

interface AppOptions {
  keys: KeyRing
  services: Services
  health: HealthOptions
  counter: RequestCounter
  ratePerMinute: number
  maxRequests: number
  baseDomain: string | undefined
  log: Logger
}

/** The public HTTP interface: what every request passes, in order. */
export function createApp(options: AppOptions): Express {
  const { keys, services, health, counter, ratePerMinute, maxRequests, baseDomain, log } = options
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
    response.status(readinessStatus(ready)).json(ready)
  })
  app.use('/api', docsRouter(routes))
  app.use('/api/v1', cors)
  app.use(
    basePath,
    traceRequest,
    limitLoad(maxRequests),
    authenticate(keys),
    checkHost(baseDomain),
    checkOrigin,
    rateLimit(counter, ratePerMinute),
    routerOf(routes, services),
  )
  app.use(noSuchRoute)
  app.use(sendError(log))
  return app
}

const noSuchRoute: RequestHandler = (request) => {
  throw new HelpdeskError('route_not_found', `There is no ${request.path} here.`)
}
