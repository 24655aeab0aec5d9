import { AuditServiceService, type Entry } from '@helpdesk/proto/audit'
import type { Call } from '@helpdesk/proto/call'
import { CatalogServiceService, type HelpTopic } from '@helpdesk/proto/catalog'
import { notFound } from '@helpdesk/proto/errors'
import { type ListMessagesRequest, Message, type Queue, Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { createLog, type Handlers, startGrpcServer } from '@helpdesk/service'

type Rough<T extends { fromPartial: (object: never) => unknown }> = Parameters<T['fromPartial']>[0]

/** A ticket with its thread, oldest first. */
interface TestTicket {
  ticket: Rough<typeof Ticket>
  messages: Rough<typeof Message>[]
}

/** What a tenant's rows are, until a test gives it others. */
const noRows = { tickets: [] as TestTicket[], queues: [] as Queue[], topics: [] as HelpTopic[], entries: [] as Entry[] }
export type TestRows = typeof noRows

/**
 * Stands where tickets-svc, catalog-svc and audit-svc do, over real gRPC: apps never import apps. It knows the rows that
 * a test gives each tenant, pages them as those do, and records every call. The end-to-end tests have them all together.
 */
export async function startPeers() {
  const token = 'peer-token-0123456789'
  const rows = new Map<number, TestRows>()
  const calls: { method: string; request: object; call: Call }[] = []
  const rowsOf = ({ tenantId }: Call) => rows.get(tenantId) ?? noRows
  const find = (id: number, call: Call) => {
    const found = rowsOf(call).tickets.find(({ ticket }) => ticket.id === id)
    if (!found) throw notFound('ticket')
    return found
  }
  const server = async <S extends object>(service: S, some: object) => {
    const handlers = Object.keys(service).map((method) => [
      method,
      async (request: object, call: Call) => {
        calls.push({ method, request, call })
        const handle = (some as Record<string, (request: object, call: Call) => unknown>)[method]
        if (!handle) throw notFound(method)
        return handle(request, call)
      },
    ])
    return startGrpcServer({
      service,
      handlers: Object.fromEntries(handlers) as Handlers<S>,
      host: '127.0.0.1',
      port: 0,
      tokens: new Map([['ai-svc', token]]),
      explain: () => undefined,
      log: createLog('peers', 'silent'),
    })
  }
  await using resources = new AsyncDisposableStack()
  const tickets = resources.use(
    await server(TicketsServiceService, {
      getTicket: ({ id }: { id: number }, call: Call) => Ticket.fromPartial(find(id, call).ticket),
      listMessages(request: ListMessagesRequest, call: Call) {
        const wanted = find(request.id, call)
          .messages.map((message) => Message.fromPartial(message))
          .filter(({ kind }) => !request.kind || kind === request.kind)
        return page(request.newest_first ? wanted.toReversed() : wanted, request)
      },
      listTickets: (request: Paging, call: Call) =>
        page(
          rowsOf(call).tickets.map(({ ticket }) => Ticket.fromPartial(ticket)),
          request,
        ),
      listQueues: (request: Paging, call: Call) => page(rowsOf(call).queues, request),
    }),
  )
  const catalog = resources.use(
    await server(CatalogServiceService, {
      listHelpTopics: (request: Paging, call: Call) => page(rowsOf(call).topics, request),
    }),
  )
  const audit = resources.use(
    await server(AuditServiceService, {
      listEntries: (request: Paging, call: Call) => page(rowsOf(call).entries, request),
    }),
  )
  const opened = resources.move()
  return {
    calls,
    /** Gives a tenant rows. */
    give: (tenantId: number, some: Partial<TestRows>) => void rows.set(tenantId, { ...noRows, ...some }),
    env: {
      TICKETS_ADDRESS: `127.0.0.1:${tickets.port}`,
      TICKETS_TOKEN: token,
      CATALOG_ADDRESS: `127.0.0.1:${catalog.port}`,
      CATALOG_TOKEN: token,
      AUDIT_ADDRESS: `127.0.0.1:${audit.port}`,
      AUDIT_TOKEN: token,
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

interface Paging {
  cursor?: string | null | undefined
  limit?: number | null | undefined
}

function page<Row>(rows: Row[], { cursor, limit }: Paging) {
  const start = Number(cursor ?? 0)
  const end = start + (limit ?? 50)
  const has_more = end < rows.length
  return {
    data: rows.slice(start, end),
    next_cursor: has_more ? String(end) : null,
    has_more,
    total_count: Math.min(rows.length, 1_000),
    total_count_capped: rows.length > 1_000,
  }
}

const start = Date.UTC(2026, 10, 24, 10)

/** A ticket of a requester, Fay, with a thread of `[who, text]`; a note's who is `note`. */
export function testTicket(
  id: number,
  thread: [who: string, text: string][],
  more: Rough<typeof Ticket> = {},
): TestTicket {
  return {
    ticket: { id, subject: 'Where is my parcel?', status: 'open', priority: 'normal', source: 'email', ...more },
    messages: thread.map(([who, text], index) => ({
      id: id * 10_000 + index,
      kind: who === 'note' || who === 'system_event' ? who : 'reply',
      author: {
        kind: who === 'note' ? 'agent' : who === 'system_event' ? 'system' : who,
        name: who === 'requester' ? 'Fay Example' : who === 'system_event' ? null : 'Ada Example',
      },
      ...(who === 'system_event' ? { data: { event: text } } : { body_md: text }),
      created_at: new Date(start + index * 60_000),
    })),
  }
}
