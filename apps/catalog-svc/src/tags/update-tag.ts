import { rethrowViolation } from '@helpdesk/postgres'
import { type Call, checkVersion } from '@helpdesk/proto/call'
import { CatalogServiceService, type Tag, type UpdateTagRequest } from '@helpdesk/proto/catalog'
import { changesOf } from '@helpdesk/proto/events'
import { maskedFields, updateTag as schema, validate } from '@helpdesk/proto/schemas'
import type { Catalog } from '../service.ts'
import { tagEvent } from './tag.ts'
import { lockTag, tagColumns, tagViolations } from './tag-sql.ts'

export async function updateTag({ mutate }: Catalog, request: UpdateTagRequest, call: Call): Promise<Tag> {
  const wanted = validate(schema, maskedFields(request, ['slug', 'name', 'color']))
  return mutate(call, CatalogServiceService.updateTag, request, async (tx, emit) => {
    const current = await lockTag(tx, call.tenantId, request.id)
    checkVersion(call, current.version)
    const changes = changesOf(current, wanted)
    if (Object.keys(changes).length === 0) return current
    const [tag] = await tx<[Tag]>`
      update tags
         set ${tx(wanted)}, updated_at = now(), version = version + 1
       where tenant_id = ${call.tenantId} and id = ${request.id}
      returning ${tagColumns(tx)}`.catch((error) => rethrowViolation(error, tagViolations))
    emit('tag.updated', tag.id, tagEvent(tag, changes))
    return tag
  })
}
