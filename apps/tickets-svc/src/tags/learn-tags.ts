import type { Call } from '@helpdesk/proto/call'
import { ListTagsRequest } from '@helpdesk/proto/catalog'
import { askCatalog } from '../ask-catalog.ts'
import type { Tickets } from '../service.ts'
import { saveTags } from './tag-sql.ts'

/**
 * Asks catalog-svc for the slugs that the projection does not know, so that a tag made a millisecond ago works.
 * Throws `unavailable` when it has to ask and gets no answer.
 */
export async function learnTags({ sql, catalog }: Tickets, call: Call, slugs: readonly string[]): Promise<void> {
  if (slugs.length === 0) return
  const known = await sql<{ slug: string }[]>`
    select slug from tags where tenant_id = ${call.tenantId} and slug = any(${slugs as string[]}) and not is_deleted`
  const missing = slugs.filter((wanted) => !known.some(({ slug }) => slug === wanted))
  if (missing.length === 0) return
  const request = ListTagsRequest.fromPartial({ slug: missing, limit: 100 })
  const found = await askCatalog(call, (onward) => catalog.listTags(request, onward))
  if (found?.data.length) await saveTags(sql, call.tenantId, found.data)
}
