import type { Call } from '@helpdesk/proto/call'
import type { GetTagRequest, Tag } from '@helpdesk/proto/catalog'
import { notFound } from '@helpdesk/proto/errors'
import type { Catalog } from '../service.ts'
import { tagColumns } from './tag-sql.ts'

export async function getTag({ sql }: Catalog, request: GetTagRequest, call: Call): Promise<Tag> {
  const [tag] = await sql<Tag[]>`
    select ${tagColumns(sql)} from tags where tenant_id = ${call.tenantId} and id = ${request.id}`
  if (!tag) throw notFound('tag')
  return tag
}
