import type { AiHook, AiHookReason, Plan } from '@helpdesk/proto/values'
import type { RunningCall } from './calls/begin-call.ts'
import { HookFailure } from './hooks/hook.ts'
import type { Ai } from './service.ts'
import { defaultConfig } from './settings/config.ts'
import type { SealedKey } from './settings/master-keys.ts'
import type { Price } from './spend/prices.ts'

/** What a call that passed the gate works with. */
export interface Pass {
  apiKey: string
  model: string
  price: Price
}

interface Standing extends SealedKey {
  plan: Plan | null
  enabled: boolean | null
  default_model: string | null
  feature_models: Record<string, string> | null
  features: Record<string, boolean> | null
  cap_reached: boolean
  rate_reached: boolean
}

/**
 * Whether a hook may run, asked in this order: the tenant's plan, the switches, its key, its cap for the month, its limit
 * of calls a day. Throws HookFailure. Cap and limit are only looked at here: what holds against calls at the same time
 * is that they are counted, in one statement each, before anything is sent.
 */
export async function passGate(ai: Ai, hook: AiHook, call: RunningCall): Promise<Pass> {
  const { tenantId } = call.identity
  const standing = await readStanding(ai, call)
  const reason = refusal(standing, hook)
  if (reason) throw new HookFailure('gate_blocked', reason)
  const model = standing.feature_models?.[hook] ?? standing.default_model ?? defaultConfig.default_model
  const price = ai.prices.get(model)
  // It had one when it was set.
  if (!price) throw new HookFailure('provider_error', 'bad_request')
  try {
    return { apiKey: ai.masterKeys.open(tenantId, standing), model, price }
  } catch (error) {
    ai.log.error({ err: error, tenant_id: tenantId }, 'The stored Anthropic key cannot be read')
    throw new HookFailure('no_key')
  }
}

function refusal(standing: Standing, hook: AiHook): AiHookReason | undefined {
  // A tenant whose event has not arrived has the plan that new ones have.
  if (standing.plan === 'starter') return 'plan'
  if (standing.enabled === false || standing.features?.[hook] === false) return 'feature_disabled'
  if (!standing.key_id) return 'no_key'
  if (standing.cap_reached) return 'spend_cap'
  return standing.rate_reached ? 'rate_limit' : undefined
}

async function readStanding({ sql }: Ai, { identity, caller, date }: RunningCall): Promise<Standing> {
  const [standing] = await sql<[Standing]>`
    select plan, enabled, default_model, feature_models, features, key_id, key_nonce, key_ciphertext, key_tag,
           coalesce(coalesce(cost + reserved, 0) >= monthly_cap_cents * 1000000, false) as cap_reached,
           coalesce(coalesce(calls, 0) >= rate_per_key_per_day, false) as rate_reached
      from (select ${identity.tenantId}::bigint as tenant_id) as tenant
      left join tenants using (tenant_id)
      left join configs using (tenant_id)
      left join spend on spend.tenant_id = tenant.tenant_id and month = date_trunc('month', ${date}::date)
      left join daily_calls on daily_calls.tenant_id = tenant.tenant_id and caller = ${caller} and date = ${date}`
  return standing
}
