import { CatalogServiceService, type CreateTagRequest, type Tag } from '@helpdesk/proto/catalog'
import { createLog, startGrpcServer } from '@helpdesk/service'

/** Lists and makes tags as catalog-svc would, without keeping them apart by tenant. */
export async function startCatalogStandIn(token: string) {
  const tags: Tag[] = []
  const server = await startGrpcServer({
    service: { listTags: CatalogServiceService.listTags, createTag: CatalogServiceService.createTag },
    handlers: {
      async listTags() {
        return { data: tags, next_cursor: null, has_more: false, total_count: tags.length, total_count_capped: false }
      },
      async createTag({ slug, name, color }: CreateTagRequest) {
        const now = new Date()
        const id = tags.length + 1
        const tag = { id, slug, name, color: color ?? '#6b7280', created_at: now, updated_at: now, version: 1 }
        tags.push(tag)
        return tag
      },
    },
    host: '127.0.0.1',
    port: 0,
    tokens: new Map([['gateway', token]]),
    explain: () => undefined,
    log: createLog('catalog-stand-in', 'silent'),
  })
  return { address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
