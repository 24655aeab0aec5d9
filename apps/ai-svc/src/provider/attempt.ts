import type { Prompt } from '../hooks/hook.ts'

/** One request to the Messages API. The SDK does not retry by itself: every attempt is reserved on the bill first. */
export interface AttemptOptions {
  apiKey: string
  /** ANTHROPIC_BASE_URL; the SDK's own default when unset. */
  baseUrl: string | undefined
  model: string
  prompt: Prompt
  /** The model's answer that failed its schema, and what was wrong with it, for the one repair try. */
  repair?: { text: string; problem: string }
  /** Ends the request with the caller, or at its deadline. */
  signal: AbortSignal
}

/** What an attempt came to. */
export type Attempt =
  /** It answered; `text` is as it came, not yet checked. */
  | { outcome: 'answered'; text: string; prompt_tokens: number; completion_tokens: number }
  | {
      outcome: 'failed'
      /** Of the table of hook errors: `no_key` (key_rejected) or `provider_error` with its reason. */
      error: 'no_key' | 'provider_error'
      reason: string
      /**
       * What it cost: `nothing` when nothing was sent or Anthropic refused it before working on it, `unknown` when it
       * was sent and no answer came, else the tokens that Anthropic counted.
       */
      charged: 'nothing' | 'unknown' | { prompt_tokens: number; completion_tokens: number }
      /** Whether the same request may be sent again, and when at the earliest. */
      retryable: boolean
      retry_after_ms: number
    }
