import { setTimeout as sleep } from 'node:timers/promises'
import type { ActorKind } from '@helpdesk/proto/call'
import type { RunningCall } from './calls/begin-call.ts'
import { endCall } from './calls/end-call.ts'
import { HookFailure } from './hooks/hook.ts'
import type { Ai } from './service.ts'
import type { SealedKey } from './settings/master-keys.ts'

const everyMs = 5_000
const batchSize = 100
/** Days that calls stay for `GetUsage`, which looks back 365. */
const keepDays = 400

/** What is done again and again beside the calls. Every instance does it; each step is safe to do twice at once. */
export function startUpkeep(ai: Ai): AsyncDisposable {
  const stopping = new AbortController()
  const stopped = run()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await stopped
    },
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      for (const step of [endLapsedCalls, resealKeys, forgetOldCalls]) {
        await step(ai).catch((error) => ai.log.warn({ err: error, step: step.name }, 'Upkeep failed; trying again'))
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
}

interface LapsedCall {
  tenant_id: number
  id: string
  hook: string
  date: string
  ticket_id: number | null
  actor_kind: ActorKind
  actor_id: string
  via: string
  request_id: string
  model: string | null
  prompt_version: string | null
  started_at: Date
}

/** Ends calls whose process died. */
async function endLapsedCalls(ai: Ai): Promise<void> {
  const lapsed = await ai.sql<LapsedCall[]>`
    select tenant_id, id, hook, to_char(date, 'YYYY-MM-DD') as date, ticket_id, actor_kind, actor_id, via, request_id,
           model, prompt_version, started_at
      from calls
     where ended_at is null and expires_at < now()
     limit ${batchSize}`
  for (const { tenant_id: tenantId, id, hook, date, ticket_id, actor_kind, actor_id, ...row } of lapsed) {
    const actor = { kind: actor_kind, id: actor_id }
    const call: RunningCall = {
      id,
      hook,
      ticketId: ticket_id,
      identity: { tenantId, actor, via: row.via, requestId: row.request_id },
      caller: '',
      date,
      startedAt: row.started_at,
      model: row.model ?? undefined,
      promptVersion: row.prompt_version ?? undefined,
    }
    await endCall(ai, call, new HookFailure('provider_error', 'unavailable'))
  }
}

/** Encrypts keys under the current master that are under an older one, so that the older one can be taken away. */
async function resealKeys({ sql, masterKeys, log }: Ai): Promise<void> {
  if (masterKeys.former.length === 0) return
  const old = await sql<(SealedKey & { tenant_id: number })[]>`
    select tenant_id, key_id, key_nonce, key_ciphertext, key_tag
      from configs
     where key_id = any(${masterKeys.former})
     limit ${batchSize}`
  for (const { tenant_id, ...sealed } of old) {
    try {
      const resealed = masterKeys.seal(tenant_id, masterKeys.open(tenant_id, sealed))
      await sql`
        update configs set ${sql({ ...resealed })}
         where tenant_id = ${tenant_id} and key_nonce = ${sealed.key_nonce}`
    } catch (error) {
      log.error({ err: error, tenant_id, key_id: sealed.key_id }, 'A stored Anthropic key cannot be read')
    }
  }
}

async function forgetOldCalls({ sql }: Ai): Promise<void> {
  await sql`
    delete from calls
     where ctid = any(array(
             select ctid from calls where date < (now() at time zone 'utc')::date - ${keepDays}::int limit ${batchSize}))`
  await sql`delete from daily_calls where date < (now() at time zone 'utc')::date - 1`
}
