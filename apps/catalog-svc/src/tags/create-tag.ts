import { rethrowViolation } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { CatalogServiceService, type CreateTagRequest, type Tag } from '@helpdesk/proto/catalog'
import { createTag as schema, validate } from '@helpdesk/proto/schemas'
import type { Catalog } from '../service.ts'
import { defaultColor, tagEvent } from './tag.ts'
import { tagColumns, tagViolations } from './tag-sql.ts'

export async function createTag({ mutate }: Catalog, request: CreateTagRequest, call: Call): Promise<Tag> {
  const { slug, name, color } = validate(schema, request)
  return mutate(call, CatalogServiceService.createTag, request, async (tx, emit) => {
    const [tag] = await tx<[Tag]>`
      insert into tags (tenant_id, slug, name, color)
      values (${call.tenantId}, ${slug}, ${name}, ${color ?? defaultColor})
      returning ${tagColumns(tx)}`.catch((error) => rethrowViolation(error, tagViolations))
    emit('tag.created', tag.id, tagEvent(tag))
    return tag
  })
}
