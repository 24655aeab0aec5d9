// The closed value sets of the contract. On the wire they are strings.

import type { EventType } from './events.ts'

export const ticketStatuses = ['new', 'open', 'pending', 'on_hold', 'resolved', 'closed'] as const
export type TicketStatus = (typeof ticketStatuses)[number]

export const ticketPriorities = ['low', 'normal', 'high', 'urgent'] as const
export type TicketPriority = (typeof ticketPriorities)[number]

export const ticketSources = ['api', 'email', 'portal', 'agent', 'widget'] as const
export type TicketSource = (typeof ticketSources)[number]

/** A leading - is descending. */
export const ticketSorts = ['-updated_at', 'updated_at', '-created_at', 'created_at', '-priority'] as const
export type TicketSort = (typeof ticketSorts)[number]

export const messageKinds = ['reply', 'note', 'system_event'] as const
export type MessageKind = (typeof messageKinds)[number]

export const authorKinds = ['agent', 'requester'] as const

/** How a queue gives its new tickets to agents. */
export const assignmentPolicies = ['manual', 'round_robin', 'fewest_open'] as const
export type AssignmentPolicy = (typeof assignmentPolicies)[number]

/** The types of a help topic's custom fields. */
export const customFieldTypes = ['text', 'number', 'url', 'email', 'date', 'select'] as const
export type CustomFieldType = (typeof customFieldTypes)[number]

/** What a canned response may have filled in, as `{{name}}`. */
export const cannedResponsePlaceholders = [
  'requester.first_name',
  'requester.last_name',
  'requester.name',
  'requester.email',
  'ticket.id',
  'ticket.reference',
  'ticket.subject',
  'ticket.status',
  'ticket.priority',
  'queue.name',
  'agent.name',
  'agent.first_name',
] as const
export type CannedResponsePlaceholder = (typeof cannedResponsePlaceholders)[number]

/** Whose notifications a preference is about. */
export const notificationScopes = ['tenant_default', 'agent', 'requester'] as const
export type NotificationScope = (typeof notificationScopes)[number]

export const notificationChannels = ['email', 'in_app'] as const
export type NotificationChannel = (typeof notificationChannels)[number]

/** The events that notifications are about. */
export const notificationEventKeys = [
  'ticket.created',
  'ticket.updated',
  'ticket.status_changed',
  'ticket.assigned',
  'ticket.moved',
  'ticket.replied',
  'ticket.note_added',
] as const satisfies readonly EventType[]
export type NotificationEventKey = (typeof notificationEventKeys)[number]

export const plans = ['starter', 'pro', 'creator_plus', 'sovereign'] as const
export type Plan = (typeof plans)[number]

export const scopes = ['helpdesk:read', 'helpdesk:write', 'helpdesk:admin'] as const
export type Scope = (typeof scopes)[number]

export const aiHooks = [
  'reply-suggest',
  'summary',
  'categorize',
  'sentiment',
  'resolution-predict',
  'canned-generate',
  'knowledge-gaps',
  'audit-qa',
] as const
export type AiHook = (typeof aiHooks)[number]

/** Why a hook has no answer. */
export const aiHookErrors = [
  'gate_blocked',
  'no_key',
  'ticket_not_found',
  'no_requester_text',
  'malformed_json',
  'provider_error',
] as const
export type AiHookError = (typeof aiHookErrors)[number]

/** What lies behind it: the first five of gate_blocked, key_rejected of no_key, the others of provider_error. */
export const aiHookReasons = [
  'plan',
  'feature_disabled',
  'no_key',
  'spend_cap',
  'rate_limit',
  'key_rejected',
  'rate_limited',
  'overloaded',
  'timeout',
  'network',
  'refused',
  'bad_request',
  'unavailable',
] as const
export type AiHookReason = (typeof aiHookReasons)[number]

export const sentiments = ['happy', 'satisfied', 'neutral', 'frustrated', 'angry'] as const

/** Of a resolution that takes longer than predicted. */
export const resolutionRisks = ['low', 'medium', 'high'] as const
