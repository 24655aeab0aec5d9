import { type Claim, callerOf, checkFingerprint, lockKey, storedAnswer } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import type { Call, CallIdentity } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { ulid } from 'ulid'
import type { Ai } from '../service.ts'

/** A call on its way to an answer. */
export interface RunningCall {
  id: string
  /** One of the eight hooks, or verify-key. */
  hook: string
  ticketId: number | null
  identity: CallIdentity
  /** The API key, or the calling service, by whose name calls a day are counted. */
  caller: string
  /** The day (UTC, YYYY-MM-DD) it began, to which all its attempts count. */
  date: string
  startedAt: Date
  /** Its idempotency key, when it came with one. */
  claim?: Claim | undefined
  /** Known once the gate was passed and the prompt is built. */
  model?: string | undefined
  promptVersion?: string | undefined
}

interface Beginning {
  hook: string
  ticketId?: number | undefined
  claim?: Claim | undefined
}

/** How long past its deadline a call may take to write down its end. After that its process counts as dead. */
const graceMs = 10_000

/**
 * Writes down that a call begins, and takes its idempotency key, before anything is asked or paid for. Gives the stored
 * answer instead when there is one. Throws `idempotency_in_progress` and `idempotency_key_reused`.
 */
export async function beginCall(
  { sql, hookDeadlineMs }: Ai,
  { hook, ticketId, claim }: Beginning,
  call: Call,
): Promise<RunningCall | { stored: Buffer }> {
  const { tenantId, actor, via, requestId, traceparent } = call
  const startedAt = new Date()
  const running = {
    id: `aic_${ulid()}`,
    hook,
    ticketId: ticketId ?? null,
    identity: { tenantId, actor, via, requestId, traceparent },
    caller: callerOf(call),
    date: startedAt.toISOString().slice(0, 10),
    startedAt,
    claim,
  }
  return sql.begin(async (tx) => {
    const stored = claim && (await takeKey(tx, claim))
    if (stored) return { stored }
    await tx`
      insert into calls ${tx({
        tenant_id: tenantId,
        id: running.id,
        hook,
        date: running.date,
        ticket_id: running.ticketId,
        actor_kind: actor.kind,
        actor_id: actor.id,
        via,
        request_id: requestId,
        started_at: startedAt,
        expires_at: new Date(startedAt.getTime() + hookDeadlineMs + graceMs),
      })}`
    if (claim) await tx`insert into call_claims ${tx({ ...claim, call_id: running.id })}`
    return running
  })
}

/**
 * Takes the key for a new call, or gives the answer of one that ended. Calls under way are looked for first: one that
 * ends in between leaves its answer in the same commit, and it is found then.
 */
async function takeKey(tx: Tx, claim: Claim): Promise<Buffer | undefined> {
  await lockKey(tx, claim)
  await refuseUnderWay(tx, claim)
  return storedAnswer(tx, claim)
}

/** Whoever comes with the key of a call under way must wait; the claim of one whose process died lapses. */
async function refuseUnderWay(tx: Tx, claim: Claim): Promise<void> {
  const { tenant_id, caller, rpc, resource_id, idempotency_key } = claim
  const [other] = await tx<{ fingerprint: Buffer; lapsed: boolean }[]>`
    select fingerprint, expires_at < now() as lapsed
      from call_claims
      join calls on calls.tenant_id = call_claims.tenant_id and calls.id = call_claims.call_id
     where call_claims.tenant_id = ${tenant_id} and caller = ${caller} and rpc = ${rpc}
       and resource_id = ${resource_id} and idempotency_key = ${idempotency_key}`
  if (!other) return
  checkFingerprint(claim, other.fingerprint)
  if (!other.lapsed) {
    throw new HelpdeskError('idempotency_in_progress', 'A request with this idempotency key is still running.')
  }
  await tx`
    delete from call_claims
     where tenant_id = ${tenant_id} and caller = ${caller} and rpc = ${rpc}
       and resource_id = ${resource_id} and idempotency_key = ${idempotency_key}`
}
