import { z } from 'zod'
import { aiHooks } from '../values.ts'
import { id, text } from './fields.ts'

export const ticketHook = z.strictObject({ ticket_id: id })

export const generateCannedResponse = z.strictObject({ intent: text(2000) })

export const findKnowledgeGaps = z.strictObject({ days: z.int().min(1).max(365).nullish() })

export const askAudit = z.strictObject({ question: text(2000) })

const hook = z.enum(aiHooks)
const model = text(100)

/** An Anthropic key, or one of a proxy that stands before it: printable, without spaces. */
const anthropicKey = z.string().regex(/^[\x21-\x7e]{20,256}$/, 'Must be 20 to 256 printable characters')

export const updateAiConfig = z
  .strictObject({
    enabled: z.boolean().nullable(),
    api_key: anthropicKey.nullable(),
    default_model: model.nullable(),
    feature_models: z.partialRecord(hook, model).nullable(),
    features: z.partialRecord(hook, z.boolean()).nullable(),
    monthly_cap_cents: z.int().min(0).max(1_000_000_000).nullable(),
    rate_per_key_per_day: z.int().min(0).max(1_000_000_000).nullable(),
  })
  .partial()

export const getAiUsage = z.strictObject({ days: z.int().min(1).max(365).nullish() })
