import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import type { HelpTopic, ListHelpTopicsRequest, ListHelpTopicsResponse } from '@helpdesk/proto/catalog'
import { listHelpTopics as schema, validate } from '@helpdesk/proto/schemas'
import type { Catalog } from '../service.ts'
import { helpTopicColumns } from './help-topic-sql.ts'

export async function listHelpTopics(
  { sql, cursorSecret }: Catalog,
  request: ListHelpTopicsRequest,
  { tenantId }: Call,
): Promise<ListHelpTopicsResponse> {
  const { cursor, limit, include_inactive } = validate(schema, request)
  const wanted = include_inactive ? sql`` : sql`and is_active`
  return page<HelpTopic>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['help_topics', tenantId, include_inactive],
    rows: (after, take) => sql<HelpTopic[]>`
      select ${helpTopicColumns(sql)}
        from help_topics
       where tenant_id = ${tenantId} ${wanted}
         ${after ? sql`and (name, id) > (${after[0] as string}, ${after[1] as number})` : sql``}
       order by name, id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*)
          from (select 1 from help_topics where tenant_id = ${tenantId} ${wanted} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ name, id }) => [name, id],
  })
}
