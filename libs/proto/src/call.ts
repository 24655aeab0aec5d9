// Who calls, for which tenant, and under which conditions: what travels in gRPC metadata beside a request.

import { HelpdeskError } from './errors.ts'

/** The metadata keys of the contract. */
export const metadataKeys = {
  authorization: 'authorization',
  tenantId: 'x-tenant-id',
  actor: 'x-actor',
  via: 'x-actor-via',
  requestId: 'x-request-id',
  idempotencyKey: 'idempotency-key',
  ifMatch: 'if-match',
  traceparent: 'traceparent',
  idempotencyReplayed: 'idempotency-replayed',
} as const

/** A W3C trace context of version 00. */
const traceparentForm = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The trace context that a caller gave, unless it is none. */
export const readTraceparent = (text: string | undefined): string | undefined =>
  text && traceparentForm.test(text) ? text : undefined

export const actorKinds = ['agent', 'requester', 'system', 'api'] as const
export type ActorKind = (typeof actorKinds)[number]

export interface Actor {
  kind: ActorKind
  /** A number for agents, requesters and API keys; a name for `system`. */
  id: string
}

/** What a caller says beside the request. */
export interface CallIdentity {
  tenantId: number
  actor: Actor
  /** The API key behind an actor, `api:17`; empty when the actor is the key itself. */
  via: string
  requestId: string
  idempotencyKey?: string | undefined
  /** The version the caller last saw. */
  ifMatch?: number | undefined
  /** W3C trace context. */
  traceparent?: string | undefined
}

/** One incoming call, as a service's method sees it. */
export interface Call extends CallIdentity {
  /** The name of the calling service, from its token. */
  caller: string
  /** Aborts when the caller goes away or the deadline passes. */
  signal: AbortSignal
  /** Tells the caller that this answer is a stored one. */
  markReplayed(): void
}

export function parseActor(text: string): Actor | undefined {
  const [kind, ...rest] = text.split(':')
  const id = rest.join(':')
  const known = actorKinds.find((each) => each === kind)
  const isNumber = /^[1-9]\d{0,15}$/.test(id) && Number.isSafeInteger(Number(id))
  const idFits = known === 'system' ? /^[\w.-]{1,64}$/.test(id) : isNumber
  return known && idFits ? { kind: known, id } : undefined
}

/** Throws `version_mismatch` when the caller's If-Match is not the current version. */
export function checkVersion(call: CallIdentity, current: number): void {
  if (call.ifMatch === undefined || call.ifMatch === current) return
  throw new HelpdeskError('version_mismatch', `The current version is ${current}.`, {
    details: { current_version: current },
  })
}
