import { z } from 'zod'
import { notificationChannels, notificationEventKeys, notificationScopes } from '../values.ts'
import { id } from './fields.ts'

const event_key = z.enum(notificationEventKeys)

/** The id of the agent or requester; 0 for `tenant_default`. */
export const scopeId = z.int().min(0)

const scope = { scope: z.enum(notificationScopes), scope_id: scopeId.default(0) }

const scopeIdFits = ({ scope, scope_id }: { scope: string; scope_id: number }) =>
  (scope === 'tenant_default') === (scope_id === 0)

const misfit = { path: ['scope_id'], message: 'Must be 0 for tenant_default, and an id for an agent or requester' }

export const listNotificationPrefs = z.strictObject(scope).refine(scopeIdFits, misfit)

export const setNotificationPref = z
  .strictObject({ ...scope, event_key, channel: z.enum(notificationChannels), enabled: z.boolean() })
  .refine(scopeIdFits, misfit)

export const resolveNotificationPrefs = z.strictObject({
  event_key,
  recipients: z
    .array(z.strictObject({ scope: z.enum(notificationScopes).exclude(['tenant_default']), scope_id: id }))
    .max(500),
})
