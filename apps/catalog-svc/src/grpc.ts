import type { CatalogServiceService } from '@helpdesk/proto/catalog'
import type { Handlers } from '@helpdesk/service'
import type { Catalog } from './service.ts'
import { createTag } from './tags/create-tag.ts'
import { deleteTag } from './tags/delete-tag.ts'
import { getTag } from './tags/get-tag.ts'
import { listTags } from './tags/list-tags.ts'
import { updateTag } from './tags/update-tag.ts'

export const catalogHandlers = (catalog: Catalog): Handlers<CatalogServiceService> => ({
  listTags: (request, call) => listTags(catalog, request, call),
  getTag: (request, call) => getTag(catalog, request, call),
  createTag: (request, call) => createTag(catalog, request, call),
  updateTag: (request, call) => updateTag(catalog, request, call),
  deleteTag: (request, call) => deleteTag(catalog, request, call),
})
