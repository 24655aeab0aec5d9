import { countCap, page, type Sql } from '@helpdesk/postgres'
import type { Call } from '@helpdesk/proto/call'
import { listTickets as schema, validate } from '@helpdesk/proto/schemas'
import type { ListTicketsRequest, ListTicketsResponse, Ticket } from '@helpdesk/proto/tickets'
import { type TicketSort, ticketStatuses } from '@helpdesk/proto/values'
import type { Tickets } from '../service.ts'
import { isFoundBy } from './message-sql.ts'
import { priorityRank } from './ticket.ts'
import { ticketColumns } from './ticket-sql.ts'

export async function listTickets(
  { sql, cursorSecret }: Tickets,
  request: ListTicketsRequest,
  { tenantId }: Call,
): Promise<ListTicketsResponse> {
  const { cursor, limit, sort: asked, ...filters } = validate(schema, request)
  const sortName = asked ?? '-updated_at'
  const sort = sorts[sortName]
  const statuses = [...new Set(filters.status)]
  const status = hasStatus(sql, statuses)
  const ranges = statusRanges(statuses, filters, sort)
  const tagId = filters.tag ? await findTag(sql, tenantId, filters.tag) : undefined
  const found = filters.q ? await findTickets(sql, tenantId, filters.q) : undefined
  const { from, where } = matching(sql, tenantId, tagId, found, filters)

  return page<Ticket>({
    cursor,
    limit,
    secret: cursorSecret,
    scope: ['tickets', tenantId, sortName, filters],
    rows: (after, most) => {
      // A limit that PostgreSQL can read lets it keep its plan where that is the same for every value; with one it cannot
      // see it plans each time, which makes 2.8 ms a page 3.5.
      const take = ranges ? sql.unsafe(String(most)) : sql`${most}`
      const columns = tagId !== undefined && sort.ofTag ? sort.ofTag : sort.columns
      const matches = (status: Fragment) => sql`
        select t.*
          from ${from}
         where ${where} ${status} ${isAfter(sql, columns, sort.direction, after)}
         order by ${sql.unsafe(ordered(columns, sort.direction))}
         limit ${take}`
      const found =
        ranges && ranges.length > 1
          ? sql`
              select t.*
                from unnest(${ranges}::text[]) as wanted (status)
               cross join lateral (${matches(sql`and t.status = wanted.status`)}) t
               order by ${sql.unsafe(ordered(sort.columns, sort.direction))}
               limit ${take}`
          : matches(status)
      return sql<Ticket[]>`
        select ${ticketColumns(sql)}
          from (${found}) t
         order by ${sql.unsafe(ordered(sort.columns, sort.direction))}`
    },
    count: async () => {
      const [row] = await sql<[{ count: number }]>`
        select count(*) from (select 1 from ${from} where ${where} ${status} limit ${countCap + 1}) as counted`
      return row.count
    },
    key: sort.key,
  })
}

/**
 * The statuses whose ranges of one index hold the answer, each in order, when that index is right for every value of
 * the filters; one scan for any of several statuses would read past all the others. None when no status matters.
 * Undefined when the best plan depends on the values.
 */
function statusRanges(
  statuses: string[],
  { status, queue_id, agent_id, unassigned, ...others }: Filters,
  { columns }: Sort,
): readonly string[] | undefined {
  if (columns !== updated.columns || Object.values(others).some((given) => given != null)) return undefined
  if (statuses.length > 0) return statuses
  return queue_id || agent_id || unassigned ? ticketStatuses : []
}

interface Sort {
  /** Of `tickets as t`. */
  columns: string[]
  /** The same of `ticket_tags as l`, where that has them. */
  ofTag?: string[]
  direction: 'asc' | 'desc'
  key: (ticket: Ticket) => (string | number)[]
}

const text = (time: Date | null) => time?.toISOString() ?? ''
const updated = {
  columns: ['t.updated_at', 't.id'],
  ofTag: ['l.updated_at', 'l.ticket_id'],
  key: ({ updated_at, id }: Ticket) => [text(updated_at), id],
}
const created = {
  columns: ['t.created_at', 't.id'],
  key: ({ created_at, id }: Ticket) => [text(created_at), id],
}
const sorts: Record<TicketSort, Sort> = {
  '-updated_at': { ...updated, direction: 'desc' },
  updated_at: { ...updated, direction: 'asc' },
  '-created_at': { ...created, direction: 'desc' },
  created_at: { ...created, direction: 'asc' },
  '-priority': {
    columns: ['t.priority_rank', 't.updated_at', 't.id'],
    direction: 'desc',
    key: ({ priority, updated_at, id }) => [priorityRank(priority), text(updated_at), id],
  },
}

const ordered = (columns: string[], direction: string) => columns.map((column) => `${column} ${direction}`).join(', ')

function isAfter(sql: Sql, columns: string[], direction: string, after: (string | number)[] | undefined): Fragment {
  if (!after) return sql``
  const [first = 0, second = 0, third] = after
  const position = third === undefined ? sql`(${first}, ${second})` : sql`(${first}, ${second}, ${third})`
  return sql`and ${sql.unsafe(`(${columns.join(', ')}) ${direction === 'desc' ? '<' : '>'}`)} ${position}`
}

type Fragment = ReturnType<Sql>

function hasStatus(sql: Sql, statuses: string[]): Fragment {
  const [first = '', ...others] = statuses
  if (others.length > 0) return sql`and t.status = any(${statuses})`
  return first ? sql`and t.status = ${first}` : sql``
}

type Filters = Omit<ReturnType<typeof validate<typeof schema>>, 'cursor' | 'limit' | 'sort'>

/** Everything but the status. */
function matching(
  sql: Sql,
  tenantId: number,
  tagId: number | undefined,
  found: number[] | undefined,
  filters: Filters,
) {
  const { agent_id, unassigned, requester_id, requester_email, queue_id, help_topic_id, priority, source, q } = filters
  const { created_after, created_before, updated_after, updated_before } = filters
  const when = (given: unknown, condition: Fragment) => (given ? sql`and ${condition}` : sql``)
  const tagged = sql`ticket_tags l join tickets t on t.tenant_id = l.tenant_id and t.id = l.ticket_id`
  const where = sql`
    t.tenant_id = ${tenantId}
    ${when(tagId !== undefined, sql`l.tenant_id = ${tenantId} and l.tag_id = ${tagId ?? 0}`)}
    ${when(priority, sql`t.priority_rank = ${priorityRank(priority ?? '')}`)}
    ${when(queue_id, sql`t.queue_id = ${queue_id ?? 0}`)}
    ${when(agent_id, sql`t.agent_id = ${agent_id ?? 0}`)}
    ${when(unassigned, sql`t.agent_id is null`)}
    ${when(requester_id, sql`t.requester_id = ${requester_id ?? 0}`)}
    ${when(requester_email, sql`t.requester_id = (${requesterWith(sql, tenantId, requester_email ?? '')})`)}
    ${when(help_topic_id, sql`t.help_topic_id = ${help_topic_id ?? 0}`)}
    ${when(source, sql`t.source = ${source ?? ''}`)}
    ${when(created_after, sql`t.created_at > ${created_after ?? null}`)}
    ${when(created_before, sql`t.created_at < ${created_before ?? null}`)}
    ${when(updated_after, sql`t.updated_at > ${updated_after ?? null}`)}
    ${when(updated_before, sql`t.updated_at < ${updated_before ?? null}`)}
    ${when(found, sql`t.id = any(${found ?? []}::bigint[])`)}
    ${when(
      q && !found,
      sql`exists (
      select 1 from messages m
       where m.tenant_id = t.tenant_id and m.ticket_id = t.id and ${isFoundBy(sql, tenantId, q ?? '')})`,
    )}`
  return { from: tagId === undefined ? sql`tickets t` : tagged, where }
}

const requesterWith = (sql: Sql, tenantId: number, email: string) => sql`
  select id from requesters where tenant_id = ${tenantId} and email = ${email.toLowerCase()}`

/** The tag's id, looked up first so that the planner knows how many tickets to expect; 0, which none has, without one. */
async function findTag(sql: Sql, tenantId: number, slug: string): Promise<number> {
  const [tag] = await sql<{ id: number }[]>`
    select id from tags where tenant_id = ${tenantId} and slug = ${slug} and not is_deleted order by id desc limit 1`
  return tag?.id ?? 0
}

/** Past so many, reading tickets in order meets a page of those that match soon. */
const mostFound = 10_000

/**
 * The tickets with a message that holds what was asked for, looked up first since the planner cannot tell how many there
 * are: it read all of a million in order, which took 2 s for 200 that match. Undefined for more than 10,000 messages.
 */
async function findTickets(sql: Sql, tenantId: number, q: string): Promise<number[] | undefined> {
  const messages = await sql<{ ticket_id: number }[]>`
    select m.ticket_id
      from messages m
     where m.tenant_id = ${tenantId} and ${isFoundBy(sql, tenantId, q)}
     limit ${mostFound + 1}`
  if (messages.length > mostFound) return undefined
  return [...new Set(messages.map(({ ticket_id }) => ticket_id))]
}
