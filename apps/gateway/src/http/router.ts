import { parseActor } from '@helpdesk/proto/call'
import { HelpdeskError, invalidField, notFound } from '@helpdesk/proto/errors'
import { ticketReference, validate } from '@helpdesk/proto/schemas'
import type { OutgoingCall } from '@helpdesk/service'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { keyOf } from './authenticate.ts'
import { requestIdOf } from './request-id.ts'
import type { Route, Services } from './route.ts'
import { traceparentOf } from './trace.ts'

const readJson = express.json({ limit: '1mb', strict: false, type: () => true })

/** Serves the routes: for each, scope, plan, body, checks, the call, and the envelope, in this order. */
export function routerOf(routes: readonly Route[], services: Services): Router {
  const router = Router({ caseSensitive: true })
  for (const [path, onPath] of Map.groupBy(routes, ({ path }) => path)) {
    const chain = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'))
    for (const route of onPath) chain[route.method](...serve(route, services))
    const allowed = [...new Set(onPath.flatMap(methodsOf))]
    for (const alias of onPath) {
      if (alias.method === 'post' && isItem(alias.path)) chain.patch(...serve(alias, services))
    }
    const deletion = routes.find((each) => each.path === `${path}/delete`)
    if (deletion) chain.delete(...serve(deletion, services))
    chain.all(refuseMethod(deletion ? [...allowed, 'DELETE'] : allowed))
  }
  return router
}

const isItem = (path: string) => path.endsWith('}')
const methodsOf = ({ method, path }: Route): string[] =>
  method === 'get' ? ['GET', 'HEAD'] : isItem(path) ? ['POST', 'PATCH'] : ['POST']

const serve = (route: Route, services: Services): RequestHandler[] => [
  permit(route),
  ...(route.method === 'post' ? [requireJson(route), readJson] : []),
  answer(route, services),
]

/** Scope and plan are checked before a byte of the body is read. */
const permit = ({ scope, envelope }: Route): RequestHandler =>
  function permitKey(_request, response, next) {
    const { scopes, plan } = keyOf(response)
    if (!scopes.includes(scope)) {
      throw new HelpdeskError('insufficient_scope', `This key does not have the scope ${scope}.`, {
        details: { required_scope: scope },
      })
    }
    // An AI hook has its own gate, which answers in the hook's own envelope.
    if (plan === 'starter' && envelope !== 'hook') {
      throw new HelpdeskError('plan_gated', 'The help desk API needs the plan pro or higher.', {
        details: { current_plan: plan, required_plan: 'pro' },
      })
    }
    next()
  }

const requireJson = ({ bodyOptional }: Route): RequestHandler =>
  function requireJsonType(request, _response, next) {
    if (bodyOptional && !hasBody(request)) return next()
    if (request.is('application/json') !== 'application/json') {
      throw new HelpdeskError('unsupported_media_type', 'The body must be application/json.')
    }
    next()
  }

const hasBody = (request: Request) =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

const answer = (route: Route, services: Services): RequestHandler =>
  async function callService(request, response) {
    const input = {
      ...readPath(request.params),
      query: route.query
        ? validate(route.query, presentOf(request.query), ['query'])
        : refuseAny(request.query, 'query'),
      body: route.body ? validate(route.body, bodyOf(route, request)) : refuseAny(bodyOf(route, request), ''),
    }
    const result = await route.handle(services, input, callOf(request, response, route))
    send(route, request, response, result)
  }

function readPath({ id, ticket }: Record<string, unknown>): { id: number; reference: string | null } {
  const text = String(id ?? ticket ?? '')
  if (text === '') return { id: 0, reference: null }
  if (ticket !== undefined && ticketReference.test(text)) return { id: 0, reference: text }
  const isId = /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))
  if (!isId) throw notFound(ticket === undefined ? 'resource' : 'ticket')
  return { id: Number(text), reference: null }
}

/** A parameter that is there but empty counts as absent. */
const presentOf = (query: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))

/** A body that is absent is an empty one, where it may be. One that is null is not. */
function bodyOf(route: Route, { body }: Request): unknown {
  if (body !== undefined) return body
  if (route.body && !route.bodyOptional) throw new HelpdeskError('invalid_json', 'The body is empty.')
  return {}
}

function refuseAny(given: unknown, prefix: string): undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidField('body', 'invalid_type', 'Must be an object.')
  }
  const [unknown] = Object.entries(given).filter(([, value]) => value !== '')
  if (!unknown) return undefined
  throw invalidField(prefix ? `${prefix}.${unknown[0]}` : unknown[0], 'unknown_field', 'There is no such field.')
}

/** What goes with the call: the key's tenant, who acts, and the conditions of the request. */
function callOf(request: Request, response: Response, { method }: Route): OutgoingCall {
  const key = keyOf(response)
  const apiKey = { kind: 'api', id: String(key.id) } as const
  const onBehalfOf = request.get('X-Helpdesk-Actor')
  const person = onBehalfOf === undefined ? undefined : readPerson(onBehalfOf)
  const changing = method === 'post'
  return {
    tenantId: key.tenant_id,
    actor: person ?? apiKey,
    via: person ? `api:${key.id}` : '',
    requestId: requestIdOf(response),
    traceparent: traceparentOf(response),
    idempotencyKey: changing ? readIdempotencyKey(request) : undefined,
    ifMatch: changing ? readIfMatch(request) : undefined,
    signal: untilGone(response),
    onReplayed: () => response.set('Idempotency-Replayed', 'true'),
  }
}

/** Aborts when the client goes away before it is answered. */
function untilGone(response: Response): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => response.writableFinished || gone.abort())
  return gone.signal
}

function readPerson(header: string) {
  const actor = parseActor(header)
  if (actor?.kind === 'agent' || actor?.kind === 'requester') return actor
  throw invalidField('header.X-Helpdesk-Actor', 'invalid_format', 'Must be agent:<id> or requester:<id>.')
}

function readIdempotencyKey(request: Request): string | undefined {
  const key = request.get('Idempotency-Key')
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(key)) return key
  throw invalidField('header.Idempotency-Key', 'invalid_format', 'Must be 1 to 255 printable characters.')
}

function readIfMatch(request: Request): number | undefined {
  const header = request.get('If-Match')
  if (header === undefined || header === '*') return undefined
  const [, version] = /^(?:W\/)?"?(\d{1,15})"?$/.exec(header) ?? []
  if (version) return Number(version)
  throw invalidField('header.If-Match', 'invalid_format', 'Must be the ETag of the resource.')
}

function send(route: Route, request: Request, response: Response, result: object): void {
  const request_id = requestIdOf(response)
  response.status(route.status ?? 200)
  if (route.envelope === 'one') {
    const etag = 'version' in result ? `"${result.version}"` : undefined
    if (etag) response.set('ETag', etag)
    if (etag && route.method === 'get' && isFresh(request, etag)) {
      response.status(304).end()
      return
    }
    response.json({ data: result, next_cursor: null, request_id })
    return
  }
  response.json({ ...result, request_id })
}

function isFresh(request: Request, etag: string): boolean {
  const known =
    request
      .get('If-None-Match')
      ?.split(',')
      .map((each) => each.trim().replace(/^W\//, '')) ?? []
  return known.includes(etag) || known.includes('*')
}

const refuseMethod = (allowed: string[]): RequestHandler =>
  function methodNotAllowed(request, response) {
    response.set('Allow', allowed.join(', '))
    throw new HelpdeskError('method_not_allowed', `${request.method} is not for this path; ${allowed.join(', ')} are.`)
  }
