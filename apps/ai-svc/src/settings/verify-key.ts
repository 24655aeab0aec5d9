import type { Call } from '@helpdesk/proto/call'
import { HelpdeskError, invalidField } from '@helpdesk/proto/errors'
import { z } from 'zod'
import { beginCall } from '../calls/begin-call.ts'
import { endCall } from '../calls/end-call.ts'
import { HookFailure, type Prompt } from '../hooks/hook.ts'
import type { Ai } from '../service.ts'
import { chargedAttempt } from '../spend/charged-attempt.ts'

/** The least that can be asked: one token, whatever it is. */
const prompt: Prompt = {
  version: 'verify-key@1',
  system: 'Answer at once.',
  user: 'Say yes.',
  max_tokens: 1,
  output: z.strictObject({ yes: z.boolean() }),
  result: () => ({}),
}

/**
 * Asks Anthropic whether it takes a key, in one call on the tenant's bill. Throws `validation_failed` at api_key when it
 * does not, `conflict` when the cap or the day's limit does not let us ask, `unavailable` when nobody can tell.
 */
export async function verifyKey(ai: Ai, apiKey: string, model: string, call: Call): Promise<void> {
  const price = ai.prices.get(model)
  if (!price) throw new HelpdeskError('conflict', `No price is known for the default model, ${model}.`)
  const begun = await beginCall(ai, { hook: 'verify-key' }, call)
  if ('stored' in begun) return
  Object.assign(begun, { model, promptVersion: prompt.version })
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(ai.hookDeadlineMs)])
  const failure = await chargedAttempt(ai, begun, 1, price, { apiKey, model, prompt, signal }).then(
    (result) => (result.outcome === 'failed' ? new HookFailure(result.error, result.reason) : undefined),
    (error) => {
      if (error instanceof HookFailure) return error
      throw error
    },
  )
  await endCall(ai, begun, failure ?? {})
  if (!failure) return
  if (failure.code === 'no_key') throw invalidField('api_key', 'key_rejected', 'Anthropic does not take this key.')
  if (failure.code === 'gate_blocked') {
    throw new HelpdeskError('conflict', `The key cannot be verified now (${failure.reason}); nothing was changed.`)
  }
  throw new HelpdeskError('unavailable', `Anthropic could not be asked (${failure.reason}); nothing was changed.`)
}
