import type { Call } from '@helpdesk/proto/call'
import type { ResolveNotificationPrefsRequest, ResolveNotificationPrefsResponse } from '@helpdesk/proto/catalog'
import { resolveNotificationPrefs as schema, validate } from '@helpdesk/proto/schemas'
import { notificationChannels } from '@helpdesk/proto/values'
import type { Catalog } from '../service.ts'
import { prefsFrom } from './notification-pref.ts'
import { readOwnPrefs } from './notification-pref-sql.ts'

export async function resolveNotificationPrefs(
  { sql }: Catalog,
  request: ResolveNotificationPrefsRequest,
  { tenantId }: Call,
): Promise<ResolveNotificationPrefsResponse> {
  const { event_key, recipients } = validate(schema, request)
  const effective = prefsFrom(await readOwnPrefs(sql, tenantId, recipients, [event_key]))
  const data = recipients.map((recipient) => ({
    ...recipient,
    channels: notificationChannels.filter((channel) => effective({ ...recipient, event_key, channel }).enabled),
  }))
  return { data }
}
