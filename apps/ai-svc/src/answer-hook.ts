import { setTimeout as sleep } from 'node:timers/promises'
import { claimOf } from '@helpdesk/events'
import { HookResponse } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { validate } from '@helpdesk/proto/schemas'
import { checkActor } from '@helpdesk/service'
import type { z } from 'zod'
import { beginCall, type RunningCall } from './calls/begin-call.ts'
import { endCall } from './calls/end-call.ts'
import { type Pass, passGate } from './gate.ts'
import { type Hook, HookFailure, type HookResult, type Prompt } from './hooks/hook.ts'
import type { AttemptOptions } from './provider/attempt.ts'
import type { Ai } from './service.ts'
import { chargedAttempt } from './spend/charged-attempt.ts'

const maxRetries = 2
/** The pause before the first retry, doubled for the second; longer when Anthropic says so. */
const pauseMs = 500

/**
 * One call of a hook: check it, claim its idempotency key, pass the gate, fetch the context, ask the model, check what
 * it says, and write down how it ended. It always has an answer; only a malformed call throws.
 */
export const answerHook =
  <Request extends object>(ai: Ai, hook: Hook<Request>, rpc: { path: string }) =>
  async (request: Request, call: Call): Promise<HookResponse> => {
    validate(hook.schema, request)
    const deadline = Date.now() + ai.hookDeadlineMs
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(ai.hookDeadlineMs)])
    const failed = (error: unknown) => asFailure(ai, error, signal)

    const noActor = await checkActor(ai.tickets, call).catch((error) => {
      if (error instanceof HelpdeskError && error.code === 'validation_failed') throw error
      return failed(error)
    })
    const beginning = { hook: hook.name, ticketId: hook.ticketId?.(request), claim: claimOf(call, rpc, request) }
    const begun = await beginCall(ai, beginning, call)
    if ('stored' in begun) {
      call.markReplayed()
      return HookResponse.decode(begun.stored)
    }

    const find = async (): Promise<HookResult> => {
      const pass = await passGate(ai, hook.name, begun)
      begun.model = pass.model
      const prompt = await hook.prepare(ai, request, { ...call, signal })
      begun.promptVersion = prompt.version
      return prompt.result(await askModel(ai, begun, pass, prompt, signal, deadline))
    }
    return endCall(ai, begun, noActor ?? (await find().catch(failed)))
  }

/** Asks until there is an answer of the prompt's shape: a few times where asking again helps, once more to repair. */
async function askModel(
  ai: Ai,
  call: RunningCall,
  { apiKey, model, price }: Pass,
  prompt: Prompt,
  signal: AbortSignal,
  deadline: number,
): Promise<unknown> {
  let repair: AttemptOptions['repair']
  let retries = 0
  for (let number = 1; ; number++) {
    const result = await chargedAttempt(ai, call, number, price, { apiKey, model, prompt, repair, signal })
    if (result.outcome === 'answered') {
      const { data, problem } = readOutput(prompt.output, result.text)
      if (problem === undefined) return data
      if (repair) throw new HookFailure('malformed_json')
      repair = { text: result.text, problem }
      continue
    }
    const pause = Math.max(result.retry_after_ms, pauseMs * 2 ** retries)
    if (!result.retryable || retries === maxRetries || Date.now() + pause >= deadline) {
      throw new HookFailure(result.error, result.reason)
    }
    retries += 1
    await sleep(pause, undefined, { signal })
  }
}

/** What the model said, when it is JSON of the shape it was asked for; else what is wrong with it. */
function readOutput(schema: z.ZodType, text: string): { data?: unknown; problem?: string } {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: 'It is not JSON.' }
  }
  const { data, error } = schema.safeParse(json)
  if (!error) return { data }
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
  return { problem: problems.join('\n').slice(0, 2_000) }
}

/** Why there is no answer, in the terms of the contract, whatever broke. */
function asFailure({ log }: Ai, error: unknown, signal: AbortSignal): HookFailure {
  if (error instanceof HookFailure) return error
  if (signal.aborted) return new HookFailure('provider_error', 'timeout')
  const away = error instanceof HelpdeskError && (error.code === 'unavailable' || error.code === 'deadline_exceeded')
  if (!away) log.error({ err: error }, 'A hook failed')
  return new HookFailure('provider_error', 'unavailable')
}
