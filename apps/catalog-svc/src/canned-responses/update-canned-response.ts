import { rethrowViolation } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { type CannedResponse, CatalogServiceService, type UpdateCannedResponseRequest } from '@helpdesk/proto/catalog'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateCannedResponse as schema, validate } from '@helpdesk/proto/schemas'
import { askFirst } from '../ask-first.ts'
import { checkQueue } from '../queue-reference.ts'
import type { Catalog } from '../service.ts'
import { cannedResponseEvent, checkTemplate } from './canned-response.ts'
import { cannedResponseColumns, cannedResponseViolations, lockCannedResponse } from './canned-response-sql.ts'

const updatable = ['slug', 'title', 'body_md', 'queue_id', 'is_active', 'sort_order'] as const

export async function updateCannedResponse(
  catalog: Catalog,
  request: UpdateCannedResponseRequest,
  call: Call,
): Promise<CannedResponse> {
  const wanted = validate(schema, maskedFields(request, updatable))
  if (wanted.body_md !== undefined) checkTemplate(wanted.body_md)
  const refuseQueue = await askFirst(checkQueue(catalog, wanted.queue_id, call))
  return catalog.mutate(call, CatalogServiceService.updateCannedResponse, request, async (tx, emit) => {
    refuseQueue()
    const current = await lockCannedResponse(tx, call.tenantId, request.id)
    checkVersion(call, current.version)
    const changes = changesOf(current, wanted)
    if (Object.keys(changes).length === 0) return current
    const [response] = await tx<[CannedResponse]>`
      update canned_responses
         set ${tx(wanted)}, updated_at = now(), version = version + 1
       where tenant_id = ${call.tenantId} and id = ${request.id}
      returning ${cannedResponseColumns(tx)}`.catch((error) => rethrowViolation(error, cannedResponseViolations))
    emit('canned_response.updated', response.id, cannedResponseEvent(response, changes))
    return response
  })
}
