import { type Bus, consume } from '@helpdesk/events'
import type { Sql } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import type { Logger } from '@helpdesk/service'
import { saveHelpTopic } from '../help-topics/help-topic-sql.ts'

/** Keeps the projection of catalog-svc's help topics. */
export const onHelpTopicChanged = ({ bus, sql, log }: { bus: Bus; sql: Sql; log: Logger }): AsyncDisposable =>
  consume({
    bus,
    sql,
    consumer: 'tickets-svc-help-topics',
    filter: 'helpdesk.events.v1.*.help_topic.*',
    async handle(tx, event) {
      const { help_topic_id, ...topic } = (event as DomainEvent<'help_topic.updated'>).data
      await saveHelpTopic(tx, event.tenantid, { id: help_topic_id, ...topic }, event.type === 'help_topic.deleted')
    },
    log,
  })
