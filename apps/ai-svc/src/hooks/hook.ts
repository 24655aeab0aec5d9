import type { HookResponse } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import type { AiHook, AiHookError, AiHookReason } from '@helpdesk/proto/values'
import type { z } from 'zod'
import type { Ai } from '../service.ts'

/** What a hook answers, beside ok and usage. */
export type HookResult = Partial<Pick<HookResponse, 'suggestions' | 'text' | 'citations' | 'data'>>

/** What a hook asks the model, once its context is known. */
export interface Prompt<Output = unknown> {
  /** Name and version of the prompt file, such as `summary@1`. */
  version: string
  system: string
  user: string
  max_tokens: number
  /** What the model must answer with: JSON of this shape, for the SDK's structured output and for the check after it. */
  output: z.ZodType<Output>
  /** What goes to the caller: only ids and links that were sent, only known placeholders. */
  result: (output: Output) => HookResult
}

export interface Hook<Request extends object> {
  name: AiHook
  schema: z.ZodType
  /** The ticket a call is about. */
  ticketId?: (request: Request) => number
  /**
   * Fetches the context, as the tenant and actor of the call, and builds the prompt.
   * Throws HookFailure (`ticket_not_found`, `no_requester_text`), and what a peer throws.
   */
  prepare: (ai: Ai, request: Request, call: Call) => Promise<Prompt>
}

/** Why a hook has no answer. */
export class HookFailure extends Error {
  readonly code: AiHookError
  readonly reason: AiHookReason | undefined

  constructor(code: AiHookError, reason?: AiHookReason) {
    super(reason ? `${code}: ${reason}` : code)
    this.code = code
    this.reason = reason
  }
}
