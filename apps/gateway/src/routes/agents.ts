import { createAgent, email, id, updateAgent } from '@helpdesk/proto/schemas'
import { CreateAgentRequest, ListAgentsRequest, UpdateAgentRequest } from '@helpdesk/proto/tickets'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { masked, nullsAsAbsent } from './bodies.ts'
import { deleted, listQuery, timestamp, version } from './resources.ts'

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
  route({
    method: 'post',
    path: '/agents',
    scope: 'helpdesk:admin',
    operation: 'createAgent',
    summary: 'Create an agent',
    rpc: tickets('CreateAgent'),
    body: createAgent,
    envelope: 'one',
    status: 201,
    response: agent,
    handle: (services, { body }, call) =>
      services.tickets.createAgent(CreateAgentRequest.fromPartial(nullsAsAbsent(body)), call),
  }),
  route({
    method: 'post',
    path: '/agents/{id}',
    scope: 'helpdesk:admin',
    operation: 'updateAgent',
    summary: 'Update an agent',
    rpc: tickets('UpdateAgent'),
    body: updateAgent,
    envelope: 'one',
    response: agent,
    handle: (services, { id, body }, call) =>
      services.tickets.updateAgent(UpdateAgentRequest.fromPartial({ ...masked(body), id }), call),
  }),
  route({
    method: 'post',
    path: '/agents/{id}/delete',
    scope: 'helpdesk:admin',
    operation: 'deleteAgent',
    summary: 'Delete an agent',
    description: 'Open tickets of the agent become unassigned.',
    rpc: tickets('DeleteAgent'),
    bodyOptional: true,
    envelope: 'one',
    response: deleted,
    handle: (services, { id }, call) => services.tickets.deleteAgent({ id }, call),
  }),
]
