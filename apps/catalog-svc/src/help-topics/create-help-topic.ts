import { rethrowViolation } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { CatalogServiceService, type CreateHelpTopicRequest, type HelpTopic } from '@helpdesk/proto/catalog'
import { createHelpTopic as schema, validate } from '@helpdesk/proto/schemas'
import { askFirst } from '../ask-first.ts'
import { checkQueue } from '../queue-reference.ts'
import type { Catalog } from '../service.ts'
import { helpTopicEvent } from './help-topic.ts'
import { helpTopicColumns, helpTopicViolations } from './help-topic-sql.ts'

export async function createHelpTopic(
  catalog: Catalog,
  request: CreateHelpTopicRequest,
  call: Call,
): Promise<HelpTopic> {
  const { slug, name, queue_id, default_priority, is_active, custom_fields } = validate(schema, request)
  const refuseQueue = await askFirst(checkQueue(catalog, queue_id, call))
  return catalog.mutate(call, CatalogServiceService.createHelpTopic, request, async (tx, emit) => {
    refuseQueue()
    const [topic] = await tx<[HelpTopic]>`
      insert into help_topics (tenant_id, slug, name, queue_id, default_priority, is_active, custom_fields)
      values (${call.tenantId}, ${slug}, ${name}, ${queue_id ?? null}, ${default_priority ?? null},
              ${is_active ?? true}, ${tx.json(custom_fields)})
      returning ${helpTopicColumns(tx)}`.catch((error) => rethrowViolation(error, helpTopicViolations))
    emit('help_topic.created', topic.id, helpTopicEvent(topic))
    return topic
  })
}
