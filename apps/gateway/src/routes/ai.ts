import { UpdateConfigRequest } from '@helpdesk/proto/ai'
import { getAiUsage, updateAiConfig } from '@helpdesk/proto/schemas'
import { aiHooks } from '@helpdesk/proto/values'
import { z } from 'zod'
import { number } from '../http/query.ts'
import { route } from '../http/route.ts'
import { aiHookRoutes } from './ai-hooks.ts'
import { masked, nullsAsAbsent } from './bodies.ts'
import { timestamp } from './resources.ts'

const ai = (method: string) => `helpdesk.ai.v1.AiService/${method}`

const hook = z.enum(aiHooks)

const config = z
  .strictObject({
    enabled: z.boolean().describe('Whether any hook runs.'),
    key_hint: z.string().nullable().describe('The end of the Anthropic key, which itself is never shown.'),
    default_model: z.string().describe('The model of a hook that feature_models does not name.'),
    feature_models: z.partialRecord(hook, z.string()),
    features: z.partialRecord(hook, z.boolean()).describe('Hooks turned on or off; one that is not named is on.'),
    monthly_cap_cents: z
      .int()
      .nullable()
      .describe('Most that a calendar month (UTC) may cost, in US cents; null is no cap.'),
    rate_per_key_per_day: z
      .int()
      .nullable()
      .describe('Most calls an API key may make in a day (UTC); null is no limit.'),
    updated_at: timestamp.nullable(),
    version: z.int().min(0).describe('0 while nothing was changed; rises by one with every change; also the ETag.'),
  })
  .meta({ id: 'AiConfig' })

const cents = z.number().describe('US cents, with fractions.')

const usage = z
  .strictObject({
    days: z
      .array(
        z.strictObject({
          date: z.iso.date().describe('UTC.'),
          hook: z.enum([...aiHooks, 'verify-key']),
          calls: z.int(),
          failures: z.int().describe('Of the calls, those that got no answer.'),
          prompt_tokens: z.int(),
          completion_tokens: z.int(),
          cost_cents: cents,
        }),
      )
      .describe('Newest first; days without a call are left out.'),
    month: z
      .strictObject({
        cost_cents: cents,
        reserved_cents: cents.describe('Held back for calls under way, at their worst case.'),
        cap_cents: z.int().nullable(),
      })
      .describe('This calendar month (UTC).'),
  })
  .meta({ id: 'AiUsage' })

export const aiRoutes = [
  ...aiHookRoutes,
  route({
    method: 'get',
    path: '/ai/config',
    scope: 'helpdesk:admin',
    operation: 'getAiConfig',
    summary: 'Get the settings of the AI hooks',
    rpc: ai('GetConfig'),
    envelope: 'one',
    response: config,
    handle: (services, _input, call) => services.ai.getConfig({}, call),
  }),
  route({
    method: 'post',
    path: '/ai/config',
    scope: 'helpdesk:admin',
    operation: 'updateAiConfig',
    summary: 'Change the settings of the AI hooks',
    description: `A field that is absent stays as it is; \`null\` sets its default, and of \`api_key\` takes the key away.
With \`verify_key\` Anthropic is asked first whether it takes the new key, in a call of one token.`,
    rpc: ai('UpdateConfig'),
    body: updateAiConfig.extend({ verify_key: z.boolean().optional() }),
    envelope: 'one',
    response: config,
    handle(services, { body: { verify_key = false, ...fields } }, call) {
      const wanted = nullsAsAbsent({ ...masked(fields), verify_key })
      return services.ai.updateConfig(UpdateConfigRequest.fromPartial(wanted), call)
    },
  }),
  route({
    method: 'get',
    path: '/ai/usage',
    scope: 'helpdesk:admin',
    operation: 'getAiUsage',
    summary: 'Get the calls, tokens and cost of the AI hooks',
    rpc: ai('GetUsage'),
    query: z.strictObject({
      days: number(getAiUsage.shape.days.unwrap().unwrap())
        .optional()
        .describe('Days to look back, today among them; 30 when absent.'),
    }),
    envelope: 'one',
    response: usage,
    handle: (services, { query }, call) => services.ai.getUsage(query, call),
  }),
]
