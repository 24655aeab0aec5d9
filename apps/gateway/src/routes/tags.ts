import { CreateTagRequest, ListTagsRequest, UpdateTagRequest } from '@helpdesk/proto/catalog'
import { createTag, updateTag } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { masked } from './bodies.ts'
import { deleted, listQuery, tag } from './resources.ts'

const catalog = (method: string) => `helpdesk.catalog.v1.CatalogService/${method}`

export const tagRoutes = [
  route({
    method: 'get',
    path: '/tags',
    scope: 'helpdesk:read',
    operation: 'listTags',
    summary: 'List tags by name',
    rpc: catalog('ListTags'),
    query: listQuery,
    envelope: 'list',
    response: tag,
    handle: (services, { query }, call) => services.catalog.listTags(ListTagsRequest.fromPartial(query), call),
  }),
  route({
    method: 'get',
    path: '/tags/{id}',
    scope: 'helpdesk:read',
    operation: 'getTag',
    summary: 'Get a tag, with how many tickets have it',
    rpc: catalog('GetTag'),
    envelope: 'one',
    response: tag.extend({ ticket_count: z.int() }).meta({ id: 'TagWithCount' }),
    async handle(services, { id }, call) {
      const [tag, { ticket_count }] = await Promise.all([
        services.catalog.getTag({ id }, call),
        services.tickets.countTagTickets({ id }, call),
      ])
      return { ...tag, ticket_count }
    },
  }),
  route({
    method: 'post',
    path: '/tags',
    scope: 'helpdesk:write',
    operation: 'createTag',
    summary: 'Create a tag',
    rpc: catalog('CreateTag'),
    body: createTag,
    envelope: 'one',
    status: 201,
    response: tag,
    handle: (services, { body }, call) => services.catalog.createTag(CreateTagRequest.fromPartial(body), call),
  }),
  route({
    method: 'post',
    path: '/tags/{id}',
    scope: 'helpdesk:write',
    operation: 'updateTag',
    summary: 'Update a tag',
    rpc: catalog('UpdateTag'),
    body: updateTag,
    envelope: 'one',
    response: tag,
    handle: (services, { id, body }, call) =>
      services.catalog.updateTag(UpdateTagRequest.fromPartial({ ...masked(body), id }), call),
  }),
  route({
    method: 'post',
    path: '/tags/{id}/delete',
    scope: 'helpdesk:write',
    operation: 'deleteTag',
    summary: 'Delete a tag, and take it off every ticket before answering',
    rpc: catalog('DeleteTag'),
    bodyOptional: true,
    envelope: 'one',
    response: deleted,
    async handle(services, { id }, call) {
      const result = await services.catalog.deleteTag({ id }, call)
      // After a replayed delete too: the first attempt may have died between the two.
      await services.tickets.detachTag({ id }, { ...call, idempotencyKey: undefined, ifMatch: undefined })
      return result
    },
  }),
]
