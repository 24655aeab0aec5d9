import { type Call, checkVersion } from '@helpdesk/proto/call'
import { CatalogServiceService, type DeleteHelpTopicRequest } from '@helpdesk/proto/catalog'
import type { DeleteResponse } from '@helpdesk/proto/common'
import type { Catalog } from '../service.ts'
import { helpTopicEvent } from './help-topic.ts'
import { lockHelpTopic } from './help-topic-sql.ts'

export async function deleteHelpTopic(
  { mutate }: Catalog,
  request: DeleteHelpTopicRequest,
  call: Call,
): Promise<DeleteResponse> {
  return mutate(call, CatalogServiceService.deleteHelpTopic, request, async (tx, emit) => {
    const topic = await lockHelpTopic(tx, call.tenantId, request.id)
    checkVersion(call, topic.version)
    await tx`delete from help_topics where tenant_id = ${call.tenantId} and id = ${topic.id}`
    // One version further, so that a late event about the living topic cannot bring it back in a projection.
    emit('help_topic.deleted', topic.id, helpTopicEvent({ ...topic, version: topic.version + 1 }))
    return { id: topic.id, deleted: true }
  })
}
