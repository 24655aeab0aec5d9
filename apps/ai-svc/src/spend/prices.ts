import { z } from 'zod'

/**
 * What a model costs, in US cents for a million tokens: the same number in millionths of a cent for one, which is what
 * the bill is kept in, so that nothing is ever rounded.
 */
export interface Price {
  input: number
  output: number
}

export type Prices = ReadonlyMap<string, Price>

/**
 * Anthropic's list prices, https://platform.claude.com/docs/en/about-claude/pricing, read on 2026-10-16. A model whose
 * price depends on the length of the prompt has none here: AI_MODEL_PRICES can name it at its highest.
 */
const listPrices: Record<string, Price> = {
  'claude-haiku-4-5': { input: 100, output: 500 },
  'claude-haiku-4-5-20251001': { input: 100, output: 500 },
  'claude-sonnet-4-5': { input: 300, output: 1500 },
  'claude-sonnet-4-5-20250929': { input: 300, output: 1500 },
  'claude-sonnet-4-6': { input: 300, output: 1500 },
  'claude-sonnet-5': { input: 200, output: 1000 },
  'claude-sonnet-5-5': { input: 200, output: 1000 },
  'claude-opus-4-5': { input: 500, output: 2500 },
  'claude-opus-4-5-20251101': { input: 500, output: 2500 },
  'claude-opus-4-6': { input: 500, output: 2500 },
  'claude-opus-4-7': { input: 500, output: 2500 },
  'claude-opus-4-8': { input: 500, output: 2500 },
  'claude-opus-5': { input: 500, output: 2500 },
  'claude-opus-5-5': { input: 400, output: 2000 },
}

const cents = z.int().min(0).max(1_000_000)
const overrides = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('Not JSON')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string(), z.strictObject({ input: cents, output: cents })))

/** The list prices with those of `json` before them. Undefined when it is not what AI_MODEL_PRICES holds. */
export function modelPrices(json: string): Prices | undefined {
  const { data } = overrides.safeParse(json)
  return data && new Map(Object.entries({ ...listPrices, ...data }))
}

/** What tokens cost, in millionths of a US cent. */
export const costOf = (price: Price, tokens: { prompt_tokens: number; completion_tokens: number }): number =>
  tokens.prompt_tokens * price.input + tokens.completion_tokens * price.output

/** What the API adds to a request: its own framing, and its words for the output's schema. */
const overheadTokens = 2_000

/**
 * The most that a request to the Messages API can cost, in millionths of a US cent: a token stands for at least one byte
 * of it.
 */
export function worstCase(price: Price, request: { max_tokens: number }): number {
  const prompt_tokens = Buffer.byteLength(JSON.stringify(request)) + overheadTokens
  return costOf(price, { prompt_tokens, completion_tokens: request.max_tokens })
}

/** US cents, with fractions, of millionths. */
export const centsOf = (millionths: number): number => millionths / 1_000_000
