import { rethrowViolation } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { type CannedResponse, CatalogServiceService, type CreateCannedResponseRequest } from '@helpdesk/proto/catalog'
import { createCannedResponse as schema, validate } from '@helpdesk/proto/schemas'
import { askFirst } from '../ask-first.ts'
import { checkQueue } from '../queue-reference.ts'
import type { Catalog } from '../service.ts'
import { cannedResponseEvent, checkTemplate } from './canned-response.ts'
import { cannedResponseColumns, cannedResponseViolations } from './canned-response-sql.ts'

export async function createCannedResponse(
  catalog: Catalog,
  request: CreateCannedResponseRequest,
  call: Call,
): Promise<CannedResponse> {
  const { slug, title, body_md, queue_id, is_active, sort_order } = validate(schema, request)
  checkTemplate(body_md)
  const refuseQueue = await askFirst(checkQueue(catalog, queue_id, call))
  return catalog.mutate(call, CatalogServiceService.createCannedResponse, request, async (tx, emit) => {
    refuseQueue()
    const [response] = await tx<[CannedResponse]>`
      insert into canned_responses (tenant_id, slug, title, body_md, queue_id, is_active, sort_order)
      values (${call.tenantId}, ${slug}, ${title}, ${body_md}, ${queue_id ?? null}, ${is_active ?? true},
              ${sort_order ?? 0})
      returning ${cannedResponseColumns(tx)}`.catch((error) => rethrowViolation(error, cannedResponseViolations))
    emit('canned_response.created', response.id, cannedResponseEvent(response))
    return response
  })
}
