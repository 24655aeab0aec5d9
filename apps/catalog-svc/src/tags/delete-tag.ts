import { type Call, checkVersion } from '@helpdesk/proto/call'
import { CatalogServiceService, type DeleteTagRequest } from '@helpdesk/proto/catalog'
import type { DeleteResponse } from '@helpdesk/proto/common'
import type { Catalog } from '../service.ts'
import { tagEvent } from './tag.ts'
import { lockTag } from './tag-sql.ts'

export async function deleteTag({ mutate }: Catalog, request: DeleteTagRequest, call: Call): Promise<DeleteResponse> {
  return mutate(call, CatalogServiceService.deleteTag, request, async (tx, emit) => {
    const tag = await lockTag(tx, call.tenantId, request.id)
    checkVersion(call, tag.version)
    await tx`delete from tags where tenant_id = ${call.tenantId} and id = ${tag.id}`
    // One version further, so that a late event about the living tag cannot bring it back in a projection.
    emit('tag.deleted', tag.id, tagEvent({ ...tag, version: tag.version + 1 }))
    return { id: tag.id, deleted: true }
  })
}
