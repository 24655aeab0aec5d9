import { claimOf, storedAnswer } from '@helpdesk/events'
import { AiServiceService, type Config, type UpdateConfigRequest } from '@helpdesk/proto/ai'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { type FieldViolation, HelpdeskError } from '@helpdesk/proto/errors'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateAiConfig as schema, validate } from '@helpdesk/proto/schemas'
import { checkActor } from '@helpdesk/service'
import type { Ai } from '../service.ts'
import type { Prices } from '../spend/prices.ts'
import { defaultConfig, hintOf } from './config.ts'
import { configColumns, lockConfig, readConfig } from './config-sql.ts'
import { verifyKey } from './verify-key.ts'

const maps = ['feature_models', 'features'] as const
const updatable = ['enabled', 'api_key', 'default_model', ...maps, 'monthly_cap_cents', 'rate_per_key_per_day'] as const

/** What is to change, `null` replaced by the default that it clears to. */
type Wanted = Partial<Omit<Config, 'key_hint' | 'updated_at' | 'version'>>

export async function updateConfig(ai: Ai, request: UpdateConfigRequest, call: Call): Promise<Config> {
  // Without a mask an empty map is one that was not set.
  const set = updatable.filter((field) => !maps.some((map) => map === field && isEmpty(request[map])))
  const { api_key, ...fields } = validate(schema, maskedFields(request, set))
  const wanted = Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, value ?? defaultConfig[field as keyof Config]]),
  ) as Wanted
  checkModels(wanted, ai.prices)
  if (request.verify_key && api_key && !(await isReplay(ai, request, call))) {
    const current = await readConfig(ai.sql, call.tenantId)
    checkVersion(call, current.version)
    await checkActor(ai.tickets, call)
    await verifyKey(ai, api_key, wanted.default_model ?? current.default_model, call)
  }
  return ai.mutate(call, AiServiceService.updateConfig, request, async (tx, emit) => {
    const current = await lockConfig(tx, call.tenantId)
    checkVersion(call, current.version)
    const changes = changesOf<Config>(current, wanted)
    if (api_key || (api_key === null && current.key_hint)) {
      changes.key_hint = [current.key_hint, api_key ? hintOf(api_key) : null]
    }
    if (Object.keys(changes).length === 0) return current
    const [config] = await tx<[Config]>`
      update configs
         set ${tx({
           ...wanted,
           ...(changes.key_hint && keyColumns(ai, call.tenantId, api_key)),
           updated_at: new Date(),
           version: current.version + 1,
         } as never)}
       where tenant_id = ${call.tenantId}
      returning ${configColumns(tx)}`
    emit('ai.config_updated', 'config', { changes, version: config.version })
    return config
  })
}

/** Whether the answer is stored already, so that a repeat does not pay for asking Anthropic again. */
async function isReplay({ sql }: Ai, request: UpdateConfigRequest, call: Call): Promise<boolean> {
  const claim = claimOf(call, AiServiceService.updateConfig, request)
  return claim !== undefined && (await storedAnswer(sql, claim)) !== undefined
}

const isEmpty = (map: object) => Object.keys(map).length === 0

/** Throws `validation_failed` for a model without a price: what it costs could not be kept below a cap. */
function checkModels({ default_model, feature_models }: Wanted, prices: Prices): void {
  const named = Object.entries({
    ...(default_model && { default_model }),
    ...Object.fromEntries(
      Object.entries(feature_models ?? {}).map(([hook, model]) => [`feature_models.${hook}`, model]),
    ),
  })
  const message = `Must be one of ${[...prices.keys()].join(', ')}.`
  const fields: FieldViolation[] = named
    .filter(([, model]) => !prices.has(model))
    .map(([path]) => ({ path, code: 'unknown_model', message }))
  if (fields.length > 0) throw new HelpdeskError('validation_failed', 'No price is known for this model.', { fields })
}

const keyColumns = ({ masterKeys }: Ai, tenantId: number, apiKey: string | null | undefined) =>
  apiKey
    ? { key_hint: hintOf(apiKey), ...masterKeys.seal(tenantId, apiKey) }
    : { key_hint: null, key_id: null, key_nonce: null, key_ciphertext: null, key_tag: null }
