import { type Bus, consume } from '@helpdesk/events'
import type { Sql } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import type { Logger } from '@helpdesk/service'
import { detachTag, saveTags } from '../tags/tag-sql.ts'

/** Keeps the projection of catalog-svc's tags. */
export const onTagChanged = ({ bus, sql, log }: { bus: Bus; sql: Sql; log: Logger }): AsyncDisposable =>
  consume({
    bus,
    sql,
    consumer: 'tickets-svc-tags',
    filter: 'helpdesk.events.v1.*.tag.*',
    async handle(tx, event) {
      const { tag_id, slug, name, color, version } = (event as DomainEvent<'tag.updated'>).data
      await saveTags(tx, event.tenantid, [{ id: tag_id, slug, name, color, version }])
      if (event.type === 'tag.deleted') await detachTag(tx, event.tenantid, tag_id)
    },
    log,
  })
