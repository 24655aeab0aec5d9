import { countCap, page } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { list as schema, validate } from '@helpdesk/proto/schemas'
import type { Agent, ListAgentsRequest, ListAgentsResponse } from '@helpdesk/proto/tickets'
import type { Tickets } from '../service.ts'
import { agentColumns } from './agent-sql.ts'

export async function listAgents(
  { sql, cursorSecret }: Tickets,
  request: ListAgentsRequest,
  { tenantId }: Call,
): Promise<ListAgentsResponse> {
  const { cursor, limit } = validate(schema, request)
  return page<Agent>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['agents', tenantId],
    rows: (after, take) => sql<Agent[]>`
      select ${agentColumns(sql)}
        from agents a
       where a.tenant_id = ${tenantId} and a.deleted_at is null
         ${after ? sql`and (a.name, a.id) > (${after[0] as string}, ${after[1] as number})` : sql``}
       order by a.name, a.id
       limit ${take}`,
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*)
          from (select 1 from agents where tenant_id = ${tenantId} and deleted_at is null
                 limit ${countCap + 1}) as counted`
      return row.count
    },
    key: ({ name, id }) => [name, id],
  })
}
