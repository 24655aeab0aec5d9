import type { Call } from '@helpdesk/proto/call'
import { notFound } from '@helpdesk/proto/errors'
import { Agent, Queue, Requester, Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { createLog, type Handlers, startGrpcServer } from '@helpdesk/service'

const queue = Queue.fromPartial({ id: 3, slug: 'support', name: 'Support' })
const agent = Agent.fromPartial({ id: 7, name: 'Ada Lovelace', email: 'ada@example.org' })
const requester = Requester.fromPartial({ id: 12, name: 'Fay van Example', email: 'fay@example.org' })
const ticket = Ticket.fromPartial({
  id: 1234,
  reference: 'HD-7K2M9QX',
  subject: 'Where is <my> order?',
  status: 'open',
  priority: 'high',
  queue_id: queue.id,
  agent_id: agent.id,
  requester: { id: requester.id, name: requester.name, email: requester.email },
})
/** A ticket that nobody has taken, of a requester without a name. */
const bareTicket = Ticket.fromPartial({
  ...ticket,
  id: 1235,
  agent_id: null,
  requester: { id: 13, name: null, email: 'anon@example.org' },
})

/**
 * Stands where tickets-svc does, over real gRPC: apps never import apps, and this service's tests need no more of that
 * one than that it knows these rows in every tenant and nothing else. The end-to-end tests have the two together.
 */
export async function startTicketsStandIn(token: string) {
  const unknown = Object.keys(TicketsServiceService).map((method) => [
    method,
    async () => {
      throw notFound(method)
    },
  ])
  const oneOf =
    <Row extends { id: number }>(...rows: Row[]) =>
    async ({ id }: { id: number }, _call: Call) => {
      const row = rows.find((each) => each.id === id)
      if (!row) throw notFound('row')
      return row
    }
  const handlers: Handlers<TicketsServiceService> = {
    ...Object.fromEntries(unknown),
    getQueue: oneOf(queue),
    getAgent: oneOf(agent),
    getRequester: oneOf(requester),
    getTicket: oneOf(ticket, bareTicket),
  }
  const server = await startGrpcServer({
    service: TicketsServiceService,
    handlers,
    host: '127.0.0.1',
    port: 0,
    tokens: new Map([['catalog-svc', token]]),
    explain: () => undefined,
    log: createLog('tickets-svc', 'silent'),
  })
  return { address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
