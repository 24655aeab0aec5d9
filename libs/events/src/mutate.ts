import { createHash } from 'node:crypto'
import type { Sql, Tx } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import canonicalize from 'canonicalize'
import { type Emit, Outbox } from './outbox.ts'

/** One method of a generated service definition. */
export interface Rpc<Request, Response> {
  path: string
  requestSerialize: (request: Request) => Buffer
  responseSerialize: (response: Response) => Buffer
  responseDeserialize: (bytes: Buffer) => Response
}

/**
 * Runs one change: in one transaction the slice, its events, and its answer under the caller's idempotency key.
 * A repeated key answers what it answered before, without running the slice.
 * Throws `idempotency_in_progress` and `idempotency_key_reused`, and what the slice throws.
 */
export type Mutate = <Request extends object, Response>(
  call: Call,
  rpc: Rpc<Request, Response>,
  request: Request,
  run: (tx: Tx, emit: Emit) => Promise<Response>,
) => Promise<Response>

interface MutatorOptions {
  sql: Sql
  /** The producing service's name. */
  source: string
  /** Refuses, by throwing, a call in the name of somebody who is not there. Asked before each transaction. */
  checkActor?: (call: Call) => Promise<void>
  /** Called after a commit that wrote events. */
  wake: () => void
}

/** How long a stored answer is replayed. */
export const idempotencyHours = 24

export function mutator({ sql, source, checkActor, wake }: MutatorOptions): Mutate {
  return async (call, rpc, request, run) => {
    const key = claimOf(call, rpc, request)
    const replay = (stored: Buffer) => {
      call.markReplayed()
      return rpc.responseDeserialize(stored)
    }
    try {
      await checkActor?.(call)
    } catch (refusal) {
      // Whoever acted may have been deleted since, and the retry is still of what was done before.
      const stored = key && (await storedAnswer(sql, key))
      if (stored) return replay(stored)
      throw refusal
    }
    const outbox = new Outbox(source, call)
    const response = await sql.begin(async (tx) => {
      if (key) await lockKey(tx, key)
      const stored = key && (await storedAnswer(tx, key))
      if (stored) return replay(stored)
      const answer = await run(tx, outbox.emit)
      // Whoever gave up must not find it done later.
      if (call.signal.aborted) throw new HelpdeskError('deadline_exceeded', 'The caller no longer waits.')
      await Promise.all([outbox.write(tx), key && storeAnswer(tx, key, rpc.responseSerialize(answer))])
      return answer
    })
    if (!outbox.isEmpty) wake()
    return response as Awaited<ReturnType<typeof run>>
  }
}

/** An idempotency key in its scope, and what it was sent with. */
export interface Claim {
  tenant_id: number
  caller: string
  rpc: string
  resource_id: string
  idempotency_key: string
  fingerprint: Buffer
}

/** The claim that a call makes; undefined when it comes without a key. */
export function claimOf<Request extends object>(
  call: Call,
  rpc: Pick<Rpc<Request, unknown>, 'path'>,
  request: Request,
): Claim | undefined {
  if (call.idempotencyKey === undefined) return undefined
  const { id, reference } = request as { id?: number; reference?: string | null }
  return {
    tenant_id: call.tenantId,
    caller: callerOf(call),
    rpc: rpc.path,
    resource_id: id ? String(id) : (reference ?? ''),
    idempotency_key: call.idempotencyKey,
    fingerprint: createHash('sha256')
      .update(canonicalize(request) ?? '')
      .digest(),
  }
}

/** Whose call it is: a REST key's are its own whoever it acts for. */
export const callerOf = ({ caller, actor, via }: Call) => via || (actor.kind === 'api' ? `api:${actor.id}` : caller)

/** Locks the key until the transaction ends. Throws `idempotency_in_progress` when another transaction has it. */
export async function lockKey(tx: Tx, claim: Claim): Promise<void> {
  const name = JSON.stringify([claim.tenant_id, claim.caller, claim.rpc, claim.resource_id, claim.idempotency_key])
  const [lock] = await tx<[{ taken: boolean }]>`
    select pg_try_advisory_xact_lock(hashtextextended(${name}, 1)) as taken`
  if (!lock.taken) {
    throw new HelpdeskError('idempotency_in_progress', 'A request with this idempotency key is still running.')
  }
}

/**
 * The answer stored under a key. A statement of its own: its snapshot must be newer than the lock. Lock
 * and read in one statement missed an answer committed in between 6 times in 1,000.
 * Throws `idempotency_key_reused`.
 */
export async function storedAnswer(sql: Sql | Tx, claim: Claim): Promise<Buffer | undefined> {
  const [row] = await sql<{ fingerprint: Buffer; response: Buffer }[]>`
    select fingerprint, response
      from idempotency_keys
     where tenant_id = ${claim.tenant_id} and caller = ${claim.caller} and rpc = ${claim.rpc}
       and resource_id = ${claim.resource_id} and idempotency_key = ${claim.idempotency_key}
       and created_at > now() - make_interval(hours => ${idempotencyHours})`
  if (row) checkFingerprint(claim, row.fingerprint)
  return row?.response
}

/** Throws `idempotency_key_reused` when the key was used with another request before. */
export function checkFingerprint({ fingerprint }: Claim, before: Buffer): void {
  if (before.equals(fingerprint)) return
  throw new HelpdeskError('idempotency_key_reused', 'This idempotency key was used with another request.')
}

/** Stores an answer under a key, with the change that it is the answer to. */
export async function storeAnswer(tx: Tx, claim: Claim, response: Buffer): Promise<void> {
  await tx`
    insert into idempotency_keys ${tx({ ...claim, response })}
    on conflict (tenant_id, caller, rpc, resource_id, idempotency_key)
    do update set fingerprint = excluded.fingerprint, response = excluded.response, created_at = now()`
}
