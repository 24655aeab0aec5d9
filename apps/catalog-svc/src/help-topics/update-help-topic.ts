import { rethrowViolation } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { CatalogServiceService, type HelpTopic, type UpdateHelpTopicRequest } from '@helpdesk/proto/catalog'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateHelpTopic as schema, validate } from '@helpdesk/proto/schemas'
import { askFirst } from '../ask-first.ts'
import { checkQueue } from '../queue-reference.ts'
import type { Catalog } from '../service.ts'
import { helpTopicEvent } from './help-topic.ts'
import { helpTopicColumns, helpTopicViolations, lockHelpTopic } from './help-topic-sql.ts'

export async function updateHelpTopic(
  catalog: Catalog,
  request: UpdateHelpTopicRequest,
  call: Call,
): Promise<HelpTopic> {
  const updatable = ['slug', 'name', 'queue_id', 'default_priority', 'is_active', 'custom_fields'] as const
  const wanted = validate(schema, maskedFields(request, updatable))
  const refuseQueue = await askFirst(checkQueue(catalog, wanted.queue_id, call))
  return catalog.mutate(call, CatalogServiceService.updateHelpTopic, request, async (tx, emit) => {
    refuseQueue()
    const current = await lockHelpTopic(tx, call.tenantId, request.id)
    checkVersion(call, current.version)
    const changes = changesOf(current, wanted)
    if (Object.keys(changes).length === 0) return current
    const [topic] = await tx<[HelpTopic]>`
      update help_topics
         set ${tx(wanted)}, updated_at = now(), version = version + 1
       where tenant_id = ${call.tenantId} and id = ${request.id}
      returning ${helpTopicColumns(tx)}`.catch((error) => rethrowViolation(error, helpTopicViolations))
    emit('help_topic.updated', topic.id, helpTopicEvent(topic, changes))
    return topic
  })
}
