import {
  CreateCannedResponseRequest,
  ListCannedResponsesRequest,
  RenderCannedResponseRequest,
  UpdateCannedResponseRequest,
} from '@helpdesk/proto/catalog'
import { createCannedResponse, id, renderCannedResponse, slug, updateCannedResponse } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { boolean, number } from '../http/query.ts'
import { route } from '../http/route.ts'
import { masked, nullsAsAbsent } from './bodies.ts'
import { deleted, pagingQuery, timestamp, version } from './resources.ts'

const catalog = (method: string) => `helpdesk.catalog.v1.CatalogService/${method}`

const cannedResponse = z
  .strictObject({
    id,
    slug,
    title: z.string(),
    body_md: z.string(),
    queue_id: id.nullable().describe('null is for every queue.'),
    is_active: z.boolean(),
    sort_order: z.int32(),
    use_count: z.int(),
    created_at: timestamp,
    updated_at: timestamp,
    version,
  })
  .meta({ id: 'CannedResponse' })

const rendered = z
  .strictObject({
    body_md: z.string(),
    missing: z.array(z.string()).describe('Placeholders that are unknown, or empty for this ticket.'),
  })
  .meta({ id: 'RenderedCannedResponse' })

export const cannedResponseRoutes = [
  route({
    method: 'get',
    path: '/canned-responses',
    scope: 'helpdesk:read',
    operation: 'listCannedResponses',
    summary: 'List canned responses by sort_order, then title',
    rpc: catalog('ListCannedResponses'),
    query: z.strictObject({ ...pagingQuery(), queue_id: number(id).optional(), is_active: boolean.optional() }),
    envelope: 'list',
    response: cannedResponse,
    handle: (services, { query }, call) =>
      services.catalog.listCannedResponses(ListCannedResponsesRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/canned-responses/{id}',
    scope: 'helpdesk:read',
    operation: 'getCannedResponse',
    summary: 'Get a canned response',
    rpc: catalog('GetCannedResponse'),
    envelope: 'one',
    response: cannedResponse,
    handle: (services, { id }, call) => services.catalog.getCannedResponse({ id }, call),
  }),
  route({
    method: 'post',
    path: '/canned-responses',
    scope: 'helpdesk:write',
    operation: 'createCannedResponse',
    summary: 'Create a canned response',
    rpc: catalog('CreateCannedResponse'),
    body: createCannedResponse,
    envelope: 'one',
    status: 201,
    response: cannedResponse,
    handle: (services, { body }, call) =>
      services.catalog.createCannedResponse(CreateCannedResponseRequest.fromPartial(nullsAsAbsent(body)), call),
  }),
  route({
    method: 'post',
    path: '/canned-responses/{id}',
    scope: 'helpdesk:write',
    operation: 'updateCannedResponse',
    summary: 'Update a canned response',
    rpc: catalog('UpdateCannedResponse'),
    body: updateCannedResponse,
    envelope: 'one',
    response: cannedResponse,
    handle: (services, { id, body }, call) =>
      services.catalog.updateCannedResponse(UpdateCannedResponseRequest.fromPartial({ ...masked(body), id }), call),
  }),
  route({
    method: 'post',
    path: '/canned-responses/{id}/delete',
    scope: 'helpdesk:write',
    operation: 'deleteCannedResponse',
    summary: 'Delete a canned response',
    rpc: catalog('DeleteCannedResponse'),
    bodyOptional: true,
    envelope: 'one',
    response: deleted,
    handle: (services, { id }, call) => services.catalog.deleteCannedResponse({ id }, call),
  }),
  route({
    method: 'post',
    path: '/canned-responses/{id}/render',
    scope: 'helpdesk:read',
    operation: 'renderCannedResponse',
    summary: "Fill a canned response's placeholders for a ticket",
    description: `Placeholders: requester.first_name, .last_name, .name, .email; ticket.id, .reference, .subject, .status,
.priority; queue.name; agent.name, .first_name. Mustache, without HTML escaping.`,
    rpc: catalog('RenderCannedResponse'),
    body: renderCannedResponse,
    envelope: 'one',
    response: rendered,
    handle: (services, { id, body }, call) =>
      services.catalog.renderCannedResponse(RenderCannedResponseRequest.fromPartial({ ...body, id }), call),
  }),
]
