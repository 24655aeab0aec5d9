import { type HelpTopic, ListHelpTopicsRequest } from '@helpdesk/proto/catalog'
import { notFound } from '@helpdesk/proto/errors'
import { id, slug } from '@helpdesk/proto/schemas'
import { customFieldTypes, ticketPriorities } from '@helpdesk/proto/values'
import { z } from 'zod'
import { route } from '../http/route.ts'
import { listQuery } from './resources.ts'

const catalog = (method: string) => `helpdesk.catalog.v1.CatalogService/${method}`

const helpTopic = z
  .strictObject({
    id,
    slug,
    name: z.string(),
    queue_id: id.nullable(),
    default_priority: z.enum(ticketPriorities).nullable(),
    custom_fields: z.array(
      z.strictObject({
        key: z.string(),
        label: z.string(),
        type: z.enum(customFieldTypes),
        required: z.boolean(),
        options: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'HelpTopic' })

const shown = ({ id, slug, name, queue_id, default_priority, custom_fields }: HelpTopic) => ({
  id,
  slug,
  name,
  queue_id,
  default_priority,
  custom_fields,
})

export const helpTopicRoutes = [
  route({
    method: 'get',
    path: '/help-topics',
    scope: 'helpdesk:read',
    operation: 'listHelpTopics',
    summary: 'List active help topics by name',
    rpc: catalog('ListHelpTopics'),
    query: listQuery,
    envelope: 'list',
    response: helpTopic,
    async handle(services, { query }, call) {
      const page = await services.catalog.listHelpTopics(ListHelpTopicsRequest.fromPartial(query), call)
      return { ...page, data: page.data.map(shown) }
    },
  }),
  route({
    method: 'get',
    path: '/help-topics/{id}',
    scope: 'helpdesk:read',
    operation: 'getHelpTopic',
    summary: 'Get an active help topic',
    rpc: catalog('GetHelpTopic'),
    envelope: 'one',
    response: helpTopic,
    async handle(services, { id }, call) {
      const topic = await services.catalog.getHelpTopic({ id }, call)
      if (!topic.is_active) throw notFound('help topic')
      return shown(topic)
    },
  }),
]
