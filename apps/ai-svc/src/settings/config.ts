import type { Config } from '@helpdesk/proto/ai'

/** What holds for a tenant that has set nothing, and for a setting that was cleared. */
export const defaultConfig: Config = {
  enabled: true,
  key_hint: null,
  default_model: 'claude-haiku-4-5-20251001',
  feature_models: {},
  features: {},
  monthly_cap_cents: null,
  rate_per_key_per_day: null,
  updated_at: null,
  version: 0,
}

/** The end of a key, by which people tell it from others. */
export const hintOf = (apiKey: string): string => `…${apiKey.slice(-4)}`
