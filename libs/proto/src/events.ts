// The event catalogue: every type, who produces it, and the shape of its data.

import { isDeepStrictEqual } from 'node:util'
import type { ActorKind } from './call.ts'
import type {
  AgentEvent,
  ApiKeyEvent,
  CannedResponseEvent,
  HelpTopicEvent,
  MessageAdded,
  QueueEvent,
  RequesterEvent,
  TagEvent,
  TenantEvent,
  TicketChanged,
  TicketCreated,
} from './gen/helpdesk/events/v1/events.ts'

export type * from './gen/helpdesk/events/v1/events.ts'

/** The data of each event type. */
export interface EventData {
  'ticket.created': TicketCreated
  'ticket.updated': TicketChanged
  'ticket.status_changed': TicketChanged
  'ticket.assigned': TicketChanged
  'ticket.moved': TicketChanged
  'ticket.replied': MessageAdded
  'ticket.note_added': MessageAdded
  'queue.created': QueueEvent
  'queue.updated': QueueEvent
  'queue.deleted': QueueEvent
  'agent.created': AgentEvent
  'agent.updated': AgentEvent
  'agent.deleted': AgentEvent
  'requester.created': RequesterEvent
  'requester.updated': RequesterEvent
  'tag.created': TagEvent
  'tag.updated': TagEvent
  'tag.deleted': TagEvent
  'canned_response.created': CannedResponseEvent
  'canned_response.updated': CannedResponseEvent
  'canned_response.deleted': CannedResponseEvent
  'help_topic.created': HelpTopicEvent
  'help_topic.updated': HelpTopicEvent
  'help_topic.deleted': HelpTopicEvent
  'api_key.created': ApiKeyEvent
  'api_key.revoked': ApiKeyEvent
  'tenant.created': TenantEvent
  'tenant.updated': TenantEvent
}

export type EventType = keyof EventData

/** `{field: [old, new]}` of one change. */
export type Changes = Record<string, unknown[]>

/** A domain event: a CloudEvents 1.0 document in structured mode. */
export interface DomainEvent<T extends EventType = EventType> {
  specversion: '1.0'
  /** `evt_` and a ULID; the same over redelivery. */
  id: string
  type: T
  /** `/helpdesk/<service>` */
  source: string
  /** `<resources>/<id>`, such as `tickets/1234` */
  subject: string
  /** RFC 3339, UTC, milliseconds */
  time: string
  datacontenttype: 'application/json'
  tenantid: number
  actorkind: ActorKind
  actorid: string
  /** The API key behind the actor, `api:17`, or empty. */
  via: string
  requestid: string
  traceparent?: string
  data: EventData[T]
}

/** The resource part of a type: `tag` of `tag.created`. */
export const resourceOf = (type: string): string => type.slice(0, type.indexOf('.'))

/** The NATS subject of an event. */
export const eventSubject = (tenantId: number, type: EventType): string => `helpdesk.events.v1.${tenantId}.${type}`

/** What a change alters: `{field: [old, new]}` of the fields in `wanted` that differ from `current`. */
export function changesOf<T extends object>(current: T, wanted: Partial<T>): Changes {
  const fields = Object.keys(wanted) as (keyof T & string)[]
  const altered = fields.filter((field) => !isDeepStrictEqual(current[field], wanted[field]))
  return Object.fromEntries(altered.map((field) => [field, [current[field], wanted[field]]]))
}
