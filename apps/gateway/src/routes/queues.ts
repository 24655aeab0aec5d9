import { id, slug } from '@helpdesk/proto/schemas'
import { ListQueuesRequest } from '@helpdesk/proto/tickets'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { listQuery, timestamp, version } from './resources.ts'

const tickets = (method: string) => `helpdesk.tickets.v1.TicketsService/${method}`

const queue = z
  .strictObject({
    id,
    slug,
    name: z.string(),
    description: z.string().nullable(),
    is_default: z.boolean(),
    assignment_policy: z.enum(['manual', 'round_robin', 'fewest_open']),
    agent_ids: z.array(id),
    is_active: z.boolean(),
    created_at: timestamp,
    updated_at: timestamp,
    version,
  })
  .meta({ id: 'Queue' })

export const queueRoutes = [
  route({
    method: 'get',
    path: '/queues',
    scope: 'helpdesk:read',
    operation: 'listQueues',
    summary: 'List queues by name',
    rpc: tickets('ListQueues'),
    query: listQuery,
    envelope: 'list',
    response: queue,
    handle: (services, { query }, call) => services.tickets.listQueues(ListQueuesRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/queues/{id}',
    scope: 'helpdesk:read',
    operation: 'getQueue',
    summary: 'Get a queue',
    rpc: tickets('GetQueue'),
    envelope: 'one',
    response: queue,
    handle: (services, { id }, call) => services.tickets.getQueue({ id }, call),
  }),
]
