import {
  type CannedResponse,
  CatalogServiceService,
  type GetCannedResponseRequest,
  type GetHelpTopicRequest,
  type HelpTopic,
  type ListTagsRequest,
  type Tag,
} from '@helpdesk/proto/catalog'
import { notFound } from '@helpdesk/proto/errors'
import { createLog, startGrpcServer } from '@helpdesk/service'

/** Answers as catalog-svc would if it held these, and counts how often it is asked. */
export async function startCatalogStandIn() {
  const state = { tags: [] as Tag[], helpTopics: [] as HelpTopic[], cannedResponses: [] as CannedResponse[], asked: 0 }
  const token = 'catalog-token-0123456789'
  const server = await startGrpcServer({
    service: {
      listTags: CatalogServiceService.listTags,
      getHelpTopic: CatalogServiceService.getHelpTopic,
      getCannedResponse: CatalogServiceService.getCannedResponse,
    },
    handlers: {
      async listTags({ slug }: ListTagsRequest) {
        state.asked += 1
        const data = state.tags.filter((tag) => slug.includes(tag.slug))
        return { data, next_cursor: null, has_more: false, total_count: data.length, total_count_capped: false }
      },
      async getHelpTopic({ id }: GetHelpTopicRequest) {
        const topic = state.helpTopics.find((each) => each.id === id)
        if (!topic) throw notFound('help topic')
        return topic
      },
      async getCannedResponse({ id }: GetCannedResponseRequest) {
        const response = state.cannedResponses.find((each) => each.id === id)
        if (!response) throw notFound('canned response')
        return response
      },
    },
    host: '127.0.0.1',
    port: 0,
    tokens: new Map([['tickets-svc', token]]),
    explain: () => undefined,
    log: createLog('catalog-stand-in', 'silent'),
  })
  return Object.assign(state, {
    address: `127.0.0.1:${server.port}`,
    token,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}
