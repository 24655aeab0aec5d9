import Anthropic, { APIConnectionTimeoutError, APIError, APIUserAbortError } from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import type { AiHookReason } from '@helpdesk/proto/values'
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
      reason: AiHookReason
      /**
       * What it cost: `nothing` when nothing was sent or Anthropic refused it before working on it, `unknown` when it
       * was sent and no answer came, else the tokens that Anthropic counted.
       */
      charged: 'nothing' | 'unknown' | { prompt_tokens: number; completion_tokens: number }
      /** Whether the same request may be sent again, and when at the earliest. */
      retryable: boolean
      retry_after_ms: number
    }

type Failure = Extract<Attempt, { outcome: 'failed' }>

/** Sends one request. Never throws for what the network, the API or the signal does. */
export async function attempt({ apiKey, baseUrl, signal, ...asked }: AttemptOptions): Promise<Attempt> {
  let fetchError: unknown
  const client = new Anthropic({
    apiKey,
    // Else the SDK would send what ANTHROPIC_AUTH_TOKEN holds beside the tenant's key.
    authToken: null,
    baseURL: baseUrl,
    maxRetries: 0,
    // A redirect would carry the tenant's text to a host that nobody configured.
    fetchOptions: { redirect: 'error' },
    // The SDK writes bodies, and the key with them, to neither log nor trace, whatever its own variables say.
    logLevel: 'off',
    openTelemetry: false,
    // The SDK drops the cause of what it takes for a time-out, and with it whether anything was sent.
    fetch: (url, init) =>
      fetch(url, init).catch((error) => {
        fetchError = error
        throw error
      }),
  })
  try {
    return readMessage(await client.messages.create(messageRequest(asked), { signal }))
  } catch (error) {
    return signal.aborted ? failed('timeout', 'unknown') : readError(error, fetchError)
  }
}

/** The request's body, whose size bounds what its prompt can cost. */
export const messageRequest = ({ model, prompt, repair }: Pick<AttemptOptions, 'model' | 'prompt' | 'repair'>) => ({
  model,
  max_tokens: prompt.max_tokens,
  system: prompt.system,
  messages: [{ role: 'user' as const, content: prompt.user }, ...(repair ? repairTurns(repair) : [])],
  output_config: { format: { type: 'json_schema' as const, schema: zodOutputFormat(prompt.output).schema } },
})

function repairTurns({ text, problem }: NonNullable<AttemptOptions['repair']>) {
  const content = `That answer does not have the shape that was asked for: ${problem}\nAnswer again, in that shape.`
  // The API takes no empty turns.
  const wrong = text.trim() ? [{ role: 'assistant' as const, content: text.trim() }] : []
  return [...wrong, { role: 'user' as const, content }]
}

function readMessage(message: Partial<Anthropic.Message>): Attempt {
  const { content, usage, stop_reason } = message
  // What stands between us and the API may answer 200 with a page of its own.
  if (!Array.isArray(content) || typeof usage?.output_tokens !== 'number') return failed('network', 'unknown')
  const counted = {
    // We ask for no caching; a proxy may, and what it reads or writes is prompt too.
    prompt_tokens: usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0),
    completion_tokens: usage.output_tokens,
  }
  if (stop_reason === 'refusal') return failed('refused', counted)
  const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('')
  return { outcome: 'answered', text, ...counted }
}

/** What went wrong before an answer came. */
function readError(error: unknown, fetchError: unknown): Failure {
  if (error instanceof APIError && error.status !== undefined) return readStatus(error.status, error.headers)
  if (isUnsent(fetchError)) return failed('network', 'nothing', true)
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) {
    return failed('timeout', 'unknown')
  }
  return failed('network', 'unknown', true)
}

// https://platform.claude.com/docs/en/api/errors
function readStatus(status: number, headers: Headers | undefined): Failure {
  const again = headers?.get('x-should-retry') !== 'false'
  if (status === 401 || status === 403) return { ...failed('key_rejected', 'nothing'), error: 'no_key' }
  if (status === 429) return failed('rate_limited', 'nothing', again, retryAfterMs(headers))
  if (status === 529) return failed('overloaded', 'nothing', again, retryAfterMs(headers))
  if (status === 408 || status === 504) return failed('timeout', 'unknown')
  // A 500 may come after the model has worked, and a 502 or 503 from a proxy that had sent the request on.
  if (status >= 500) return failed('unavailable', 'unknown', again, retryAfterMs(headers))
  return failed('bad_request', 'nothing')
}

const failed = (reason: AiHookReason, charged: Failure['charged'], retryable = false, retry_after_ms = 0): Failure => ({
  outcome: 'failed',
  error: 'provider_error',
  reason,
  charged,
  retryable,
  retry_after_ms,
})

/** Whether a request failed before a connection stood: no name, no route, nobody listening, no trust. */
function isUnsent(fetchError: unknown): boolean {
  const cause = fetchError instanceof Error ? fetchError.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|.*CERT.*)$/.test(code)
}

/** Of seconds or of an HTTP date; 0 when there is none. */
function retryAfterMs(headers: Headers | undefined): number {
  const value = headers?.get('retry-after') ?? ''
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) && ms > 0 ? Math.ceil(ms) : 0
}
