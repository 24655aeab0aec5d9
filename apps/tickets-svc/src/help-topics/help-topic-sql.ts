import type { Sql, Tx } from '@helpdesk/postgres'
import type { HelpTopic } from '@helpdesk/proto/catalog'
import { invalidField, invalidFields } from '@helpdesk/proto/errors'
import { noSuch } from '../unknown-reference.ts'

/** What a ticket needs to know of its help topic. */
export type KnownHelpTopic = Pick<HelpTopic, 'id' | 'queue_id' | 'default_priority' | 'custom_fields'>

/** Notes what catalog-svc says of a help topic. The newer version wins; a deleted one stays deleted. */
export async function saveHelpTopic(
  sql: Sql | Tx,
  tenantId: number,
  topic: KnownHelpTopic & Pick<HelpTopic, 'is_active' | 'version'>,
  isDeleted = false,
): Promise<void> {
  const { id, queue_id, default_priority, is_active, custom_fields, version } = topic
  await sql`
    insert into help_topics as h (tenant_id, id, queue_id, default_priority, is_active, custom_fields, version, is_deleted)
    values (${tenantId}, ${id}, ${queue_id ?? null}, ${default_priority ?? null}, ${is_active},
            ${sql.json(custom_fields as never)}, ${version}, ${isDeleted})
    on conflict (tenant_id, id) do update
      set queue_id = excluded.queue_id, default_priority = excluded.default_priority, is_active = excluded.is_active,
          custom_fields = excluded.custom_fields, version = excluded.version, is_deleted = excluded.is_deleted
      where h.version < excluded.version and not h.is_deleted`
}

/** The help topic with this id, for a ticket to take. Throws `validation_failed` at help_topic_id. */
export async function knownHelpTopic(tx: Tx, tenantId: number, id: number): Promise<KnownHelpTopic> {
  const topic = await findHelpTopic(tx, tenantId, id)
  if (!topic) throw invalidFields([noSuch('help_topic_id', 'help topic')])
  if (!topic.is_active) throw invalidField('help_topic_id', 'inactive', 'This help topic is not active.')
  return topic
}

/** The help topic a ticket has; undefined when it was deleted. */
export async function findHelpTopic(
  tx: Tx,
  tenantId: number,
  id: number,
): Promise<(KnownHelpTopic & { is_active: boolean }) | undefined> {
  const [topic] = await tx<(KnownHelpTopic & { is_active: boolean })[]>`
    select id, queue_id, default_priority, is_active, custom_fields
      from help_topics
     where tenant_id = ${tenantId} and id = ${id} and not is_deleted`
  return topic
}
