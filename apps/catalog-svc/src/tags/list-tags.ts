import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import type { ListTagsRequest, ListTagsResponse, Tag } from '@helpdesk/proto/catalog'
import { listTags as schema, validate } from '@helpdesk/proto/schemas'
import type { Catalog } from '../service.ts'
import { tagColumns } from './tag-sql.ts'

export async function listTags(
  { sql, cursorSecret }: Catalog,
  request: ListTagsRequest,
  { tenantId }: Call,
): Promise<ListTagsResponse> {
  const { cursor, limit, slug } = validate(schema, request)
  const wanted = slug?.length ? sql`and slug = any(${slug})` : sql``
  return page<Tag>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['tags', tenantId, slug],
    rows: (after, take) => sql<Tag[]>`
      select ${tagColumns(sql)}
        from tags
       where tenant_id = ${tenantId} ${wanted}
         ${after ? sql`and (name, id) > (${after[0] as string}, ${after[1] as number})` : sql``}
       order by name, id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*)
          from (select 1 from tags where tenant_id = ${tenantId} ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ name, id }) => [name, id],
  })
}
