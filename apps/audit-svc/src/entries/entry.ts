import { type DomainEvent, resourceOf } from '@helpdesk/proto/events'
import { sha256, sha256OfJson } from './hash.ts'

/** A row of audit_log. */
export interface LogRow {
  tenant_id: number
  /** 1 for the tenant's first entry, then one more for each. */
  id: number
  event_id: string
  event_key: string
  actor_kind: string
  actor_id: string
  via: string
  resource_type: string
  resource_id: string
  ticket_id: number | null
  request_id: string
  data_sha256: string
  prev_hash: string
  hash: string
  created_at: Date
}

/** A row of audit_data. */
export interface DataRow {
  tenant_id: number
  id: number
  /** Without it, short data could be guessed from its hash after it was erased. */
  salt: string
  data: object
}

/** Where a tenant's chain ends. */
export interface Head {
  tenant_id: number
  id: number
  hash: string
}

/** The head of a chain without entries. */
export const emptyChain = (tenant_id: number): Head => ({ tenant_id, id: 0, hash: '0'.repeat(64) })

/** The rows that put an event behind a head. Throws when the event cannot be recorded. */
export function entryOf(event: DomainEvent, head: Head, salt: string): { log: LogRow; data: DataRow } {
  const data = withoutBody(event)
  const position = { tenant_id: event.tenantid, id: head.id + 1 }
  const fields = {
    ...position,
    event_id: event.id,
    event_key: event.type,
    actor_kind: event.actorkind,
    actor_id: event.actorid,
    via: event.via,
    resource_type: resourceOf(event.type),
    resource_id: event.subject.slice(event.subject.indexOf('/') + 1),
    ticket_id: 'ticket_id' in data ? (data.ticket_id as number) : null,
    request_id: event.requestid,
    data_sha256: hashOfData({ salt, data }),
    prev_hash: head.hash,
    created_at: new Date(event.time),
  }
  return { log: { ...fields, hash: hashOfRow(fields) }, data: { ...position, salt, data } }
}

/** The chain's link: over the hash before and every other field of the row. */
export const hashOfRow = ({ prev_hash, ...fields }: Omit<LogRow, 'hash'>): string => sha256OfJson(prev_hash, fields)

export const hashOfData = ({ salt, data }: Pick<DataRow, 'salt' | 'data'>): string => sha256OfJson(salt, data)

const withBody = ['ticket.created', 'ticket.replied', 'ticket.note_added']

/** An event's data, a message's text replaced by its length in UTF-8 bytes and its hash. */
function withoutBody({ type, data }: DomainEvent): object {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Error('The data is not an object')
  if (!withBody.includes(type) || !('body_md' in data)) return data
  const { body_md, ...rest } = data
  return { ...rest, body_md_length: Buffer.byteLength(body_md), body_md_sha256: sha256(body_md) }
}
