import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { list as schema, validate } from '@helpdesk/proto/schemas'
import type { ListQueuesRequest, ListQueuesResponse, Queue } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { queueColumns } from './queue-sql.ts'

export async function listQueues(
  { sql, cursorSecret }: Tickets,
  request: ListQueuesRequest,
  { tenantId }: Call,
): Promise<ListQueuesResponse> {
  const { cursor, limit } = validate(schema, request)
  return page<Queue>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['queues', tenantId],
    rows: (after, take) => sql<Queue[]>`
      select ${queueColumns(sql)}
        from queues q
       where q.tenant_id = ${tenantId} and q.deleted_at is null
         ${after ? sql`and (q.name, q.id) > (${after[0] as string}, ${after[1] as number})` : sql``}
       order by q.name, q.id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*)
          from (select 1 from queues where tenant_id = ${tenantId} and deleted_at is null
                 limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ name, id }) => [name, id],
  })
}
