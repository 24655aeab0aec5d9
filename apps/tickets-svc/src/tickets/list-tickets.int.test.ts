import { ListTicketsRequest } from '@helpdesk/proto/tickets'
import {
  type TicketPriority,
  type TicketSort,
  type TicketStatus,
  ticketPriorities,
  ticketSorts,
  ticketStatuses,
} from '@helpdesk/proto/values'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callFor, startTestTickets, type TestTickets } from '../testing/tickets.ts'
import { priorityRank } from './ticket.ts'

let tickets: TestTickets
beforeAll(async () => {
  tickets = await startTestTickets()
})
afterAll(() => tickets[Symbol.asyncDispose]())

// Few values for each field, so that many rows tie, and some have no agent.
const time = fc.nat(3).map((second) => new Date(Date.UTC(2026, 10, 24, 12, 0, second)))
const row = fc.record({
  status: fc.constantFrom(...ticketStatuses),
  priority: fc.constantFrom(...ticketPriorities),
  agent: fc.constantFrom(null, 0, 1),
  tagged: fc.boolean(),
  created_at: time,
  updated_at: time,
})
type Row = typeof row extends fc.Arbitrary<infer T> ? T & { id: number } : never

// Mostly of one filter or none: with all at once hardly a row is left to page over.
const filter = {
  status: fc.uniqueArray(fc.constantFrom(...ticketStatuses), { minLength: 2, maxLength: 5 }),
  priority: fc.constantFrom(...ticketPriorities),
  agent: fc.constantFrom(null, 0, 1),
  tag: fc.constant('batch'),
  updated_after: time,
}
const filters = fc.oneof(
  fc.record(filter, { requiredKeys: [] }),
  fc
    .constantFrom(...(Object.keys(filter) as (keyof typeof filter)[]))
    .chain((only) => fc.record({ [only]: filter[only] })),
  fc.constant({}),
) as fc.Arbitrary<{
  status?: TicketStatus[]
  priority?: TicketPriority
  agent?: number | null
  tag?: string
  updated_after?: Date
}>
type Filters = typeof filters extends fc.Arbitrary<infer T> ? T : never

// So that a test ends, and tells the seed, before its time is over.
const limits = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true }

/** Puts rows into a tenant of their own, whose agents it gives. */
let tenants = 0
async function fill(rows: readonly Omit<Row, 'id'>[]) {
  const tenantId = ++tenants
  const call = callFor(tenantId)
  const agents = [await tickets.hire(call, 'Ada'), await tickets.hire(call, 'Ben')].map(({ id }) => id)
  const { id: first, queue_id, requester } = await tickets.open(call)
  await tickets.sql`delete from messages where tenant_id = ${tenantId}`
  await tickets.sql`delete from tickets where tenant_id = ${tenantId} and id = ${first}`
  await tickets.sql`
    insert into tags (tenant_id, id, slug, name, color, version) values (${tenantId}, 1, 'batch', 'B', '#000000', 1)`
  const ids: number[] = []
  for (const { status, priority, agent, tagged, created_at, updated_at } of rows) {
    const [inserted] = await tickets.sql<[{ id: number }]>`
      insert into tickets (tenant_id, reference, subject, status, priority, source, queue_id, agent_id, requester_id,
                           message_count, last_message_at, created_at, updated_at)
      values (${tenantId}, ${`HD-${ids.length}`}, 'S', ${status}, ${priority}, 'api', ${queue_id},
              ${agent === null ? null : (agents[agent] ?? null)}, ${requester?.id ?? 0}, 0, ${created_at}, ${created_at},
              ${updated_at})
      returning id`
    ids.push(inserted.id)
    if (!tagged) continue
    await tickets.sql`
      insert into ticket_tags (tenant_id, ticket_id, tag_id, updated_at)
      values (${tenantId}, ${inserted.id}, 1, ${updated_at})`
  }
  return { tenantId, agents, filled: rows.map((each, index) => ({ ...each, id: ids[index] ?? 0 })) }
}

const matches =
  ({ status = [], priority, agent, tag, updated_after }: Filters) =>
  (each: Row) =>
    (status.length === 0 || status.includes(each.status)) &&
    (priority === undefined || each.priority === priority) &&
    (agent === undefined || each.agent === agent) &&
    (tag === undefined || each.tagged) &&
    (updated_after === undefined || each.updated_at > updated_after)

const keys: Record<TicketSort, (each: Row) => number[]> = {
  '-updated_at': ({ updated_at, id }) => [-updated_at, -id],
  updated_at: ({ updated_at, id }) => [+updated_at, id],
  '-created_at': ({ created_at, id }) => [-created_at, -id],
  created_at: ({ created_at, id }) => [+created_at, id],
  '-priority': ({ priority, updated_at, id }) => [-priorityRank(priority), -updated_at, -id],
}
const inOrder = (sort: TicketSort) => (a: Row, b: Row) => {
  const [left, right] = [keys[sort](a), keys[sort](b)]
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

test('whatever the tickets, filters, sort and page size, the pages show each that matches once, in order', async () => {
  const pageSize = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(100))
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 5, maxLength: 25 }),
      filters,
      fc.constantFrom(...ticketSorts),
      pageSize,
      async (rows, wanted, sort, limit) => {
        const { tenantId, agents, filled } = await fill(rows)
        const expected = filled.filter(matches(wanted)).sort(inOrder(sort))
        const { agent, ...others } = wanted
        const who = agent === undefined ? {} : agent === null ? { unassigned: true } : { agent_id: agents[agent] ?? 0 }
        const seen: number[] = []
        let cursor: string | null | undefined = null
        do {
          const request = ListTicketsRequest.fromPartial({ ...others, ...who, sort, limit, cursor })
          const page = await tickets.client.listTickets(request, callFor(tenantId))
          expect(page).toMatchObject({ total_count: expected.length, has_more: Boolean(page.next_cursor) })
          seen.push(...page.data.map(({ id }) => id))
          cursor = page.next_cursor
        } while (cursor && seen.length < rows.length)
        expect(seen).toEqual(expected.map(({ id }) => id))
      },
    ),
    { numRuns: 20, ...limits },
  )
})
