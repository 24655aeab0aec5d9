import { email, id } from '@helpdesk/proto/schemas'
import { ListAgentsRequest } from '@helpdesk/proto/tickets'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { listQuery, timestamp, version } from './resources.ts'

const tickets = (method: string) => `helpdesk.tickets.v1.TicketsService/${method}`

const agent = z
  .strictObject({
    id,
    name: z.string(),
    email,
    is_active: z.boolean(),
    is_available: z.boolean(),
    queue_ids: z.array(id),
    open_ticket_count: z.int(),
    created_at: timestamp,
    updated_at: timestamp,
    version,
  })
  .meta({ id: 'Agent' })

export const agentRoutes = [
  route({
    method: 'get',
    path: '/agents',
    scope: 'helpdesk:read',
    operation: 'listAgents',
    summary: 'List agents by name',
    rpc: tickets('ListAgents'),
    query: listQuery,
    envelope: 'list',
    response: agent,
    handle: (services, { query }, call) => services.tickets.listAgents(ListAgentsRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/agents/{id}',
    scope: 'helpdesk:read',
    operation: 'getAgent',
    summary: 'Get an agent',
    rpc: tickets('GetAgent'),
    envelope: 'one',
    response: agent,
    handle: (services, { id }, call) => services.tickets.getAgent({ id }, call),
  }),
]
