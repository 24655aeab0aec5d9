import type { RunningCall } from '../calls/begin-call.ts'
import { HookFailure } from '../hooks/hook.ts'
import { type Attempt, type AttemptOptions, attempt, messageRequest } from '../provider/attempt.ts'
import type { Ai } from '../service.ts'
import { countCall, reserve, type Settlement, settle } from './ledger.ts'
import { costOf, type Price, worstCase } from './prices.ts'

/**
 * One request to Anthropic, its worst case held back before and its true cost settled after. With a call's first attempt
 * the call counts to its caller's day. Throws HookFailure `gate_blocked`, and nothing is sent, when the month's cap or
 * the day's limit is reached.
 */
export async function chargedAttempt(
  { sql, anthropicBaseUrl, log }: Ai,
  call: RunningCall,
  number: number,
  price: Price,
  options: Omit<AttemptOptions, 'baseUrl'>,
): Promise<Attempt> {
  const id = { tenantId: call.identity.tenantId, callId: call.id, date: call.date, number }
  const reserved = worstCase(price, messageRequest(options))
  await sql.begin(async (tx) => {
    if (!(await reserve(tx, id, reserved))) throw new HookFailure('gate_blocked', 'spend_cap')
    if (number > 1) return
    if (!(await countCall(tx, { ...id, caller: call.caller }))) throw new HookFailure('gate_blocked', 'rate_limit')
    // For the event of a call whose process dies before it ends.
    await tx`
      update calls
         set model = ${options.model}, prompt_version = ${options.prompt.version}
       where tenant_id = ${id.tenantId} and id = ${call.id}`
  })
  const result = await attempt({ ...options, baseUrl: anthropicBaseUrl })
  const settlement = settlementOf(result, price)
  if (settlement.cost !== null && settlement.cost > reserved) {
    log.error({ call_id: call.id, reserved, cost: settlement.cost }, 'An attempt cost more than its worst case')
  }
  await settle(sql, id, settlement)
  return result
}

function settlementOf(result: Attempt, price: Price): Settlement {
  const nothing = { prompt_tokens: 0, completion_tokens: 0 }
  if (result.outcome === 'answered') return { ...tokensOf(result), cost: costOf(price, result), outcome: 'answered' }
  switch (result.charged) {
    case 'nothing':
      return { ...nothing, cost: 0, outcome: result.reason }
    case 'unknown':
      return { ...nothing, cost: null, outcome: result.reason }
    default:
      return { ...result.charged, cost: costOf(price, result.charged), outcome: result.reason }
  }
}

const tokensOf = ({ prompt_tokens, completion_tokens }: Extract<Attempt, { outcome: 'answered' }>) => ({
  prompt_tokens,
  completion_tokens,
})
