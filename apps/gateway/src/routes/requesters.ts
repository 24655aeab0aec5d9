import { email, id } from '@helpdesk/proto/schemas'
import { ListRequestersRequest } from '@helpdesk/proto/tickets'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { pagingQuery, timestamp, version } from './resources.ts'

const tickets = (method: string) => `helpdesk.tickets.v1.TicketsService/${method}`

const requester = z
  .strictObject({ id, name: z.string().nullable(), email, created_at: timestamp, updated_at: timestamp, version })
  .meta({ id: 'Requester' })

export const requesterRoutes = [
  route({
    method: 'get',
    path: '/requesters',
    scope: 'helpdesk:read',
    operation: 'listRequesters',
    summary: 'List requesters by e-mail',
    rpc: tickets('ListRequesters'),
    query: z.strictObject({ ...pagingQuery(), email: email.optional() }),
    envelope: 'list',
    response: requester,
    handle: (services, { query }, call) =>
      services.tickets.listRequesters(ListRequestersRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/requesters/{id}',
    scope: 'helpdesk:read',
    operation: 'getRequester',
    summary: 'Get a requester',
    rpc: tickets('GetRequester'),
    envelope: 'one',
    response: requester,
    handle: (services, { id }, call) => services.tickets.getRequester({ id }, call),
  }),
]
