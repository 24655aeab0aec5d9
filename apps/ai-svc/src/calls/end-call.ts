import { Outbox, storeAnswer } from '@helpdesk/events'
import type { Tx } from '@helpdesk/postgres'
import { HookResponse } from '@helpdesk/proto/ai'
import { HookFailure, type HookResult } from '../hooks/hook.ts'
import { type Ai, source } from '../service.ts'
import { settleLost } from '../spend/ledger.ts'
import { centsOf } from '../spend/prices.ts'
import type { RunningCall } from './begin-call.ts'

interface Totals {
  attempts: number
  prompt_tokens: number
  completion_tokens: number
  /** In millionths of a US cent. */
  cost: number
}

/**
 * Writes down how a call ended, with its event and, under its idempotency key, its answer, in one transaction; and gives
 * what the caller is told. A call that was ended as lapsed before stays so.
 */
export async function endCall(ai: Ai, call: RunningCall, end: HookResult | HookFailure): Promise<HookResponse> {
  const { tenantId } = call.identity
  const failure = end instanceof HookFailure ? end : undefined
  const response = await ai.sql.begin(async (tx) => {
    await settleLost(tx, tenantId, call.id)
    const totals = await totalsOf(tx, tenantId, call.id)
    const ended = await tx`
      update calls
         set ended_at = now(), model = ${call.model ?? null}, prompt_version = ${call.promptVersion ?? null},
             error = ${failure?.code ?? null}, reason = ${failure?.reason ?? null},
             prompt_tokens = ${totals.prompt_tokens}, completion_tokens = ${totals.completion_tokens},
             cost = ${totals.cost}
       where tenant_id = ${tenantId} and id = ${call.id} and ended_at is null`
    const told = responseOf(call, end, totals)
    if (ended.count === 0) return told
    const outbox = new Outbox(source, call.identity)
    outbox.emit(failure ? 'ai.hook_failed' : 'ai.hook_completed', call.id, {
      call_id: call.id,
      hook: call.hook,
      ticket_id: call.ticketId,
      model: call.model ?? null,
      prompt_version: call.promptVersion ?? null,
      attempts: totals.attempts,
      prompt_tokens: totals.prompt_tokens,
      completion_tokens: totals.completion_tokens,
      cost_cents: centsOf(totals.cost),
      duration_ms: Date.now() - call.startedAt.getTime(),
      error: failure?.code ?? null,
      reason: failure?.reason ?? null,
    })
    await outbox.write(tx)
    await tx`delete from call_claims where tenant_id = ${tenantId} and call_id = ${call.id}`
    // Every hook answers in the same message, so any of their methods can write it.
    if (call.claim && isFinal(end)) {
      await storeAnswer(tx, call.claim, Buffer.from(HookResponse.encode(told).finish()))
    }
    return told
  })
  ai.wake()
  return response
}

/**
 * Whether a repeat under the same idempotency key gets this again: an answer, and what the model itself made of the
 * request, since asking again would be paid for again. Everything else may be tried again.
 */
const isFinal = (end: HookResult | HookFailure): boolean =>
  !(end instanceof HookFailure) || end.code === 'malformed_json' || end.reason === 'refused'

async function totalsOf(tx: Tx, tenantId: number, callId: string): Promise<Totals> {
  const [totals] = await tx<[Totals]>`
    select count(*) as attempts, coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
           coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
           coalesce(sum(cost), 0)::bigint as cost
      from attempts
     where tenant_id = ${tenantId} and call_id = ${callId}`
  return totals
}

function responseOf(call: RunningCall, end: HookResult | HookFailure, totals: Totals): HookResponse {
  const nothing = HookResponse.fromPartial({})
  if (end instanceof HookFailure) return { ...nothing, error: end.code, reason: end.reason }
  const { prompt_tokens, completion_tokens } = totals
  return { ...nothing, ...end, ok: true, usage: { prompt_tokens, completion_tokens, model: call.model ?? '' } }
}
