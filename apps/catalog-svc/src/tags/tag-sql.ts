import type { Sql, Tx } from '@helpdesk/postgres'
import type { Tag } from '@helpdesk/proto/catalog'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'

export const tagColumns = (sql: Sql | Tx) => sql`id, slug, name, color, created_at, updated_at, version`

/** The tag, locked until the transaction ends. Throws `not_found`. */
export async function lockTag(tx: Tx, tenantId: number, id: number): Promise<Tag> {
  const [tag] = await tx<Tag[]>`
    select ${tagColumns(tx)} from tags where tenant_id = ${tenantId} and id = ${id} for update`
  if (!tag) throw notFound('tag')
  return tag
}

/** What violated constraints of the table mean. */
export const tagViolations = {
  tags_slug_key: () =>
    new HelpdeskError('slug_taken', 'There is already a tag with this slug.', {
      fields: [{ path: 'slug', code: 'slug_taken', message: 'There is already a tag with this slug.' }],
    }),
}
