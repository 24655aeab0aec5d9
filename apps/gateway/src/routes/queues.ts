import { createQueue, id, slug, updateQueue } from '@helpdesk/proto/schemas'
import { CreateQueueRequest, ListQueuesRequest, UpdateQueueRequest } from '@helpdesk/proto/tickets'
import { assignmentPolicies } from '@helpdesk/proto/values'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { masked, nullsAsAbsent } from './bodies.ts'
import { deleted, listQuery, timestamp, version } from './resources.ts'

const tickets = (method: string) => `helpdesk.tickets.v1.TicketsService/${method}`

const queue = z
  .strictObject({
    id,
    slug,
    name: z.string(),
    description: z.string().nullable(),
    is_default: z.boolean(),
    assignment_policy: z.enum(assignmentPolicies),
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
  route({
    method: 'post',
    path: '/queues',
    scope: 'helpdesk:admin',
    operation: 'createQueue',
    summary: 'Create a queue',
    rpc: tickets('CreateQueue'),
    body: createQueue,
    envelope: 'one',
    status: 201,
    response: queue,
    handle: (services, { body }, call) =>
      services.tickets.createQueue(CreateQueueRequest.fromPartial(nullsAsAbsent(body)), call),
  }),
  route({
    method: 'post',
    path: '/queues/{id}',
    scope: 'helpdesk:admin',
    operation: 'updateQueue',
    summary: 'Update a queue',
    rpc: tickets('UpdateQueue'),
    body: updateQueue,
    envelope: 'one',
    response: queue,
    handle: (services, { id, body }, call) =>
      services.tickets.updateQueue(UpdateQueueRequest.fromPartial({ ...masked(body), id }), call),
  }),
  route({
    method: 'post',
    path: '/queues/{id}/delete',
    scope: 'helpdesk:admin',
    operation: 'deleteQueue',
    summary: 'Delete a queue',
    description:
      'A queue with open tickets, and the default queue, cannot be deleted (409). Old tickets keep its name.',
    rpc: tickets('DeleteQueue'),
    bodyOptional: true,
    envelope: 'one',
    response: deleted,
    handle: (services, { id }, call) => services.tickets.deleteQueue({ id }, call),
  }),
]
