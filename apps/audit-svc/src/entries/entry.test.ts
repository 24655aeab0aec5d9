import type { DomainEvent } from '@helpdesk/proto/events'
import { expect, test } from 'vitest'
import { emptyChain, entryOf, hashOfData, hashOfRow } from './entry.ts'
import { sha256 } from './hash.ts'

const replied = (body_md: string): DomainEvent => ({
  specversion: '1.0',
  id: 'evt_1',
  type: 'ticket.replied',
  source: '/helpdesk/tickets-svc',
  subject: 'tickets/1234',
  time: '2026-11-24T10:00:00.123Z',
  datacontenttype: 'application/json',
  tenantid: 42,
  actorkind: 'agent',
  actorid: '7',
  via: 'api:17',
  requestid: 'req_1',
  data: { ticket_id: 1234, reference: 'HD-7K2M9QX', message_id: 5, author: null, body_md, version: 7 },
})

test('an event becomes the entry behind the head', () => {
  const { log } = entryOf(replied('Hello'), emptyChain(42), 'salt')
  expect(log).toMatchObject({
    tenant_id: 42,
    id: 1,
    event_id: 'evt_1',
    event_key: 'ticket.replied',
    actor_kind: 'agent',
    actor_id: '7',
    via: 'api:17',
    resource_type: 'ticket',
    resource_id: '1234',
    ticket_id: 1234,
    request_id: 'req_1',
    prev_hash: '0'.repeat(64),
    created_at: new Date('2026-11-24T10:00:00.123Z'),
  })
  expect(entryOf(replied('Hello'), log, 'salt').log).toMatchObject({ id: 2, prev_hash: log.hash })
})

test('a message leaves its length and hash in the log, not its text', () => {
  const { data } = entryOf(replied('Grüße'), emptyChain(42), 'salt').data
  expect(data).toMatchObject({ message_id: 5, body_md_length: 7, body_md_sha256: sha256('Grüße') })
  expect(JSON.stringify(data)).not.toContain('Grüße')
})

test('the hash covers every field, and no spelling of it', () => {
  const { log } = entryOf(replied('Hello'), emptyChain(42), 'salt')
  const { hash, ...fields } = log
  expect(hashOfRow(Object.fromEntries(Object.entries(fields).reverse()) as typeof fields)).toBe(hash)
  for (const field of Object.keys(fields)) {
    expect(hashOfRow({ ...fields, [field]: 'other' })).not.toBe(hash)
  }
})

test('the same data under another salt has another hash', () => {
  expect(hashOfData({ salt: 'a', data: {} })).not.toBe(hashOfData({ salt: 'b', data: {} }))
})

test('an event that the log cannot show is refused', () => {
  expect(() => entryOf({ ...replied(''), data: 'text' as never }, emptyChain(42), 'salt')).toThrow('not an object')
})
