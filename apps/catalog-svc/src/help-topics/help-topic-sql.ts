import type { Sql, Tx } from '@helpdesk/postgres'
import type { HelpTopic } from '@helpdesk/proto/catalog'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'

export const helpTopicColumns = (sql: Sql | Tx) => sql`
  id, slug, name, queue_id, default_priority, is_active, custom_fields, created_at, updated_at, version`

/** The help topic, locked until the transaction ends. Throws `not_found`. */
export async function lockHelpTopic(tx: Tx, tenantId: number, id: number): Promise<HelpTopic> {
  const [topic] = await tx<HelpTopic[]>`
    select ${helpTopicColumns(tx)} from help_topics where tenant_id = ${tenantId} and id = ${id} for update`
  if (!topic) throw notFound('help topic')
  return topic
}

/** What violated constraints of the table mean. */
export const helpTopicViolations = {
  help_topics_slug_key: () =>
    new HelpdeskError('slug_taken', 'There is already a help topic with this slug.', {
      fields: [{ path: 'slug', code: 'slug_taken', message: 'There is already a help topic with this slug.' }],
    }),
}
