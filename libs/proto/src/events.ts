// The event catalogue: every type, who produces it, and the shape of its data.

import { isDeepStrictEqual } from 'node:util'
import type { ActorKind } from './call.ts'
import type {
  AgentEvent,
  AiConfigEvent,
  AiHookEvent,
  ApiKeyEvent,
  CannedResponseEvent,
  HelpTopicEvent,
  MessageAdded,
  NotificationPrefEvent,
  QueueEvent,
  RequesterEvent,
  TagEvent,
  TenantEvent,
  TicketChanged,
  TicketCreated,
} from './gen/helpdesk/events/v1/events.ts'

export type * from './gen/helpdesk/events/v1/events.ts'

/** Every event type: the service that produces it, the message of its data, and when it is sent. */
export const eventCatalogue = {
  'ticket.created': { producer: 'tickets-svc', data: 'TicketCreated', summary: 'A ticket was opened.' },
  'ticket.updated': { producer: 'tickets-svc', data: 'TicketChanged', summary: "A ticket's other fields changed." },
  'ticket.status_changed': { producer: 'tickets-svc', data: 'TicketChanged', summary: "A ticket's status changed." },
  'ticket.assigned': {
    producer: 'tickets-svc',
    data: 'TicketChanged',
    summary: 'A ticket has another agent, or none.',
  },
  'ticket.moved': { producer: 'tickets-svc', data: 'TicketChanged', summary: 'A ticket is in another queue.' },
  'ticket.replied': { producer: 'tickets-svc', data: 'MessageAdded', summary: 'An agent or the requester replied.' },
  'ticket.note_added': { producer: 'tickets-svc', data: 'MessageAdded', summary: 'An internal note was added.' },
  'queue.created': { producer: 'tickets-svc', data: 'QueueEvent', summary: 'A queue was made.' },
  'queue.updated': { producer: 'tickets-svc', data: 'QueueEvent', summary: 'A queue changed.' },
  'queue.deleted': { producer: 'tickets-svc', data: 'QueueEvent', summary: 'A queue was deleted.' },
  'agent.created': { producer: 'tickets-svc', data: 'AgentEvent', summary: 'An agent was added.' },
  'agent.updated': { producer: 'tickets-svc', data: 'AgentEvent', summary: 'An agent changed.' },
  'agent.deleted': { producer: 'tickets-svc', data: 'AgentEvent', summary: 'An agent was deleted.' },
  'requester.created': {
    producer: 'tickets-svc',
    data: 'RequesterEvent',
    summary: 'A requester was added.',
  },
  'requester.updated': { producer: 'tickets-svc', data: 'RequesterEvent', summary: 'A requester changed.' },
  'tag.created': { producer: 'catalog-svc', data: 'TagEvent', summary: 'A tag was made.' },
  'tag.updated': { producer: 'catalog-svc', data: 'TagEvent', summary: 'A tag changed.' },
  'tag.deleted': {
    producer: 'catalog-svc',
    data: 'TagEvent',
    summary: 'A tag was deleted, and comes off every ticket.',
  },
  'canned_response.created': {
    producer: 'catalog-svc',
    data: 'CannedResponseEvent',
    summary: 'A canned response was written.',
  },
  'canned_response.updated': {
    producer: 'catalog-svc',
    data: 'CannedResponseEvent',
    summary: 'A canned response changed.',
  },
  'canned_response.deleted': {
    producer: 'catalog-svc',
    data: 'CannedResponseEvent',
    summary: 'A canned response was deleted.',
  },
  'help_topic.created': { producer: 'catalog-svc', data: 'HelpTopicEvent', summary: 'A help topic was made.' },
  'help_topic.updated': { producer: 'catalog-svc', data: 'HelpTopicEvent', summary: 'A help topic changed.' },
  'help_topic.deleted': { producer: 'catalog-svc', data: 'HelpTopicEvent', summary: 'A help topic was deleted.' },
  'notification_pref.set': {
    producer: 'catalog-svc',
    data: 'NotificationPrefEvent',
    summary: 'A channel was turned on or off for an event key of a scope.',
  },
  'ai.hook_completed': { producer: 'ai-svc', data: 'AiHookEvent', summary: 'An AI hook answered.' },
  'ai.hook_failed': { producer: 'ai-svc', data: 'AiHookEvent', summary: 'An AI hook could not answer.' },
  'ai.config_updated': { producer: 'ai-svc', data: 'AiConfigEvent', summary: "A tenant's AI settings changed." },
  'api_key.created': { producer: 'gateway', data: 'ApiKeyEvent', summary: 'An API key was made.' },
  'api_key.revoked': { producer: 'gateway', data: 'ApiKeyEvent', summary: 'An API key was revoked.' },
  'tenant.created': { producer: 'gateway', data: 'TenantEvent', summary: 'A tenant was made.' },
  'tenant.updated': { producer: 'gateway', data: 'TenantEvent', summary: "A tenant's name, plan or limit changed." },
} as const satisfies Record<string, { producer: string; data: keyof EventMessages; summary: string }>

interface EventMessages {
  TicketCreated: TicketCreated
  TicketChanged: TicketChanged
  MessageAdded: MessageAdded
  QueueEvent: QueueEvent
  AgentEvent: AgentEvent
  RequesterEvent: RequesterEvent
  TagEvent: TagEvent
  CannedResponseEvent: CannedResponseEvent
  HelpTopicEvent: HelpTopicEvent
  NotificationPrefEvent: NotificationPrefEvent
  AiHookEvent: AiHookEvent
  AiConfigEvent: AiConfigEvent
  ApiKeyEvent: ApiKeyEvent
  TenantEvent: TenantEvent
}

/** The data of each event type. */
export type EventData = { [T in keyof typeof eventCatalogue]: EventMessages[(typeof eventCatalogue)[T]['data']] }

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
  /** `<resources>/<id>`, such as `tickets/1234`; of the AI hooks `ai/<call id>` and `ai/config` */
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

/** Where an event's resource stands: `tags` of `tag.created`. `ai` has no plural. */
export function collectionOf(type: EventType): string {
  const resource = resourceOf(type)
  return resource === 'ai' ? resource : `${resource}s`
}

/** The NATS subject of an event. */
export const eventSubject = (tenantId: number, type: EventType): string => `helpdesk.events.v1.${tenantId}.${type}`

/** What a change alters: `{field: [old, new]}` of the fields in `wanted` that differ from `current`. */
export function changesOf<T extends object>(current: T, wanted: Partial<T>): Changes {
  const fields = Object.keys(wanted) as (keyof T & string)[]
  const altered = fields.filter((field) => !isDeepStrictEqual(current[field], wanted[field]))
  return Object.fromEntries(altered.map((field) => [field, [current[field], wanted[field]]]))
}
