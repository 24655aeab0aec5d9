import type { Tag } from '@helpdesk/proto/catalog'
import type { Changes, TagEvent } from '@helpdesk/proto/events'

export const defaultColor = '#6b7280'

/** The data of an event about a tag. */
export const tagEvent = ({ id, slug, name, color, version }: Tag, changes: Changes = {}): TagEvent => ({
  tag_id: id,
  slug,
  name,
  color,
  changes,
  version,
})
