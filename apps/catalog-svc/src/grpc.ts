import type { CatalogServiceService } from '@helpdesk/proto/catalog'
import type { Handlers } from '@helpdesk/service'
import { createCannedResponse } from './canned-responses/create-canned-response.ts'
import { deleteCannedResponse } from './canned-responses/delete-canned-response.ts'
import { getCannedResponse } from './canned-responses/get-canned-response.ts'
import { listCannedResponses } from './canned-responses/list-canned-responses.ts'
import { renderCannedResponse } from './canned-responses/render-canned-response.ts'
import { updateCannedResponse } from './canned-responses/update-canned-response.ts'
import { createHelpTopic } from './help-topics/create-help-topic.ts'
import { deleteHelpTopic } from './help-topics/delete-help-topic.ts'
import { getHelpTopic } from './help-topics/get-help-topic.ts'
import { listHelpTopics } from './help-topics/list-help-topics.ts'
import { updateHelpTopic } from './help-topics/update-help-topic.ts'
import { listNotificationPrefs } from './notification-prefs/list-notification-prefs.ts'
import { resolveNotificationPrefs } from './notification-prefs/resolve-notification-prefs.ts'
import { setNotificationPref } from './notification-prefs/set-notification-pref.ts'
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
  listHelpTopics: (request, call) => listHelpTopics(catalog, request, call),
  getHelpTopic: (request, call) => getHelpTopic(catalog, request, call),
  createHelpTopic: (request, call) => createHelpTopic(catalog, request, call),
  updateHelpTopic: (request, call) => updateHelpTopic(catalog, request, call),
  deleteHelpTopic: (request, call) => deleteHelpTopic(catalog, request, call),
  listCannedResponses: (request, call) => listCannedResponses(catalog, request, call),
  getCannedResponse: (request, call) => getCannedResponse(catalog, request, call),
  createCannedResponse: (request, call) => createCannedResponse(catalog, request, call),
  updateCannedResponse: (request, call) => updateCannedResponse(catalog, request, call),
  deleteCannedResponse: (request, call) => deleteCannedResponse(catalog, request, call),
  renderCannedResponse: (request, call) => renderCannedResponse(catalog, request, call),
  listNotificationPrefs: (request, call) => listNotificationPrefs(catalog, request, call),
  setNotificationPref: (request, call) => setNotificationPref(catalog, request, call),
  resolveNotificationPrefs: (request, call) => resolveNotificationPrefs(catalog, request, call),
})
