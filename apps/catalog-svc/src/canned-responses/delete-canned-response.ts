import { type Call, checkVersion } from '@helpdesk/proto/call'
import { CatalogServiceService, type DeleteCannedResponseRequest } from '@helpdesk/proto/catalog'
import type { DeleteResponse } from '@helpdesk/proto/common'
import type { Catalog } from '../service.ts'
import { cannedResponseEvent } from './canned-response.ts'
import { lockCannedResponse } from './canned-response-sql.ts'

export async function deleteCannedResponse(
  { mutate }: Catalog,
  request: DeleteCannedResponseRequest,
  call: Call,
): Promise<DeleteResponse> {
  return mutate(call, CatalogServiceService.deleteCannedResponse, request, async (tx, emit) => {
    const response = await lockCannedResponse(tx, call.tenantId, request.id)
    checkVersion(call, response.version)
    await tx`delete from canned_responses where tenant_id = ${call.tenantId} and id = ${response.id}`
    // One version further, so that a late event about the living one cannot bring it back in a projection.
    emit('canned_response.deleted', response.id, cannedResponseEvent({ ...response, version: response.version + 1 }))
    return { id: response.id, deleted: true }
  })
}
