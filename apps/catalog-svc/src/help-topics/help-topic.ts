import type { HelpTopic } from '@helpdesk/proto/catalog'
import type { Changes, HelpTopicEvent } from '@helpdesk/proto/events'

/** The data of an event about a help topic. */
export const helpTopicEvent = (topic: HelpTopic, changes: Changes = {}): HelpTopicEvent => ({
  help_topic_id: topic.id,
  slug: topic.slug,
  name: topic.name,
  queue_id: topic.queue_id,
  default_priority: topic.default_priority,
  is_active: topic.is_active,
  custom_fields: topic.custom_fields,
  changes,
  version: topic.version,
})
