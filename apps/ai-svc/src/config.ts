import { auditConfig, outboxConfig, readConfig, serviceConfig } from '@helpdesk/service'
import { z } from 'zod'
import { MasterKeys } from './settings/master-keys.ts'
import { modelPrices } from './spend/prices.ts'

const address = z.string().min(1)
const token = z.string().min(16)

const aiConfig = {
  TICKETS_ADDRESS: address,
  TICKETS_TOKEN: token,
  CATALOG_ADDRESS: address,
  CATALOG_TOKEN: token,
  /** Encrypts the tenants' Anthropic keys: `id:base64 of 32 bytes`, several with commas; the first encrypts. */
  AI_KEY_ENCRYPTION_KEY: z.string().transform((text, context) => {
    const keys = MasterKeys.parse(text)
    if (keys) return keys
    // Zod would show the value that is not well-formed.
    context.addIssue('Must be id:base64 pairs with commas between, each of 32 bytes')
    return z.NEVER
  }),
  /** Where the Messages API is; Anthropic's own address when absent. */
  ANTHROPIC_BASE_URL: z.url().optional(),
  /** Prices that go before those of the table, `{"model": {"input": 100, "output": 500}}`, US cents a million tokens. */
  AI_MODEL_PRICES: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const prices = modelPrices(text)
      if (prices) return prices
      context.addIssue('Must be JSON like {"model": {"input": 100, "output": 500}}')
      return z.NEVER
    }),
  /** Milliseconds a hook may take; less than the gateway's AI_DEADLINE_MS. */
  HOOK_DEADLINE_MS: z.coerce.number().int().min(100).default(60_000),
  /** Calls that may run at once. They hold no connection to PostgreSQL while they wait for Anthropic. */
  MAX_CONCURRENT_CALLS: z.coerce.number().int().min(1).default(500),
}

export const readAiConfig = (env: NodeJS.ProcessEnv) =>
  readConfig({ ...serviceConfig, ...outboxConfig, ...auditConfig, ...aiConfig }, env)

export type AiConfig = ReturnType<typeof readAiConfig>
