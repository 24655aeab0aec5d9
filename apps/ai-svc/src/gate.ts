import type { HookResponse } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import type { Plan } from '@helpdesk/proto/values'
import type { Ai } from './service.ts'

/** Why a hook may not run: first the tenant's plan, then its missing Anthropic key. No tenant has a way to set one. */
export async function passGate({ sql }: Ai, { tenantId }: Call): Promise<HookResponse> {
  const [tenant] = await sql<{ plan: Plan }[]>`select plan from tenants where tenant_id = ${tenantId}`
  // A tenant whose event has not arrived has the plan that new ones have.
  const plan = tenant?.plan ?? 'sovereign'
  return { ok: false, error: 'gate_blocked', reason: plan === 'starter' ? 'plan' : 'no_key' }
}
