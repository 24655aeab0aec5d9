import { type TicketStatus, ticketStatuses } from '@helpdesk/proto/values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeEvents, isOpen, referenceFrom, statusAfterReply, statusTimes } from './ticket.ts'

const now = new Date('2026-11-24T12:00:00.000Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)
const after = (author: 'agent' | 'requester', status: string, closed_at: Date | null = null) =>
  statusAfterReply({ status, closed_at }, author, now, 7)

test('an agent’s reply opens a new ticket and leaves every other as it is', () => {
  expect(after('agent', 'new')).toBe('open')
  for (const status of ['open', 'pending', 'on_hold', 'resolved', 'closed']) expect(after('agent', status)).toBe(status)
})

test('a requester’s reply opens what waited for him or was resolved', () => {
  for (const status of ['pending', 'on_hold', 'resolved']) expect(after('requester', status)).toBe('open')
})

test('a requester’s reply leaves a new or open ticket as it is', () => {
  for (const status of ['new', 'open']) expect(after('requester', status)).toBe(status)
})

test('a requester’s reply reopens a closed ticket to the last moment of the window', () => {
  expect(after('requester', 'closed', daysAgo(7))).toBe('open')
})

test('a requester’s reply after the window is refused', () => {
  const late = new Date(daysAgo(7).getTime() - 1)
  expect(() => after('requester', 'closed', late)).toThrow(expect.objectContaining({ code: 'ticket_closed' }))
})

test('an agent may answer a ticket that is closed for good', () => {
  expect(after('agent', 'closed', daysAgo(400))).toBe('closed')
})

test('resolving and closing leave their times, and reopening clears them', () => {
  const resolved = statusTimes({ resolved_at: null }, 'resolved', now)
  expect(resolved).toEqual({ resolved_at: now, closed_at: null })
  expect(statusTimes({ resolved_at: daysAgo(1) }, 'closed', now)).toEqual({ resolved_at: daysAgo(1), closed_at: now })
  expect(statusTimes(resolved, 'open', now)).toEqual({ resolved_at: null, closed_at: null })
})

// What may happen to a ticket, and how long after the thing before. Most waits lie at the edge of the window.
const windowMs = 7 * 86_400_000
const step = fc.record({
  wait: fc.oneof(fc.constantFrom(0, 1, windowMs - 1, windowMs, windowMs + 1), fc.nat(2 * windowMs)),
  what: fc.oneof(
    fc.record({ status: fc.constantFrom(...ticketStatuses) }),
    fc.record({ reply: fc.constantFrom('agent' as const, 'requester' as const) }),
  ),
})

test('whatever happens to a ticket, its status and times are those of its past', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let at = now.getTime()
      // The model: which statuses it has had, and since when.
      const past: { status: TicketStatus; since: Date }[] = [{ status: 'new', since: now }]
      let ticket: { status: string; resolved_at: Date | null; closed_at: Date | null } = {
        status: 'new',
        resolved_at: null,
        closed_at: null,
      }
      for (const { wait, what } of steps) {
        at += wait
        const time = new Date(at)
        const last = past.at(-1) as (typeof past)[number]
        const isOver = last.status === 'closed' && at > last.since.getTime() + windowMs
        if ('reply' in what && what.reply === 'requester' && isOver) {
          expect(() => statusAfterReply(ticket, what.reply, time, 7)).toThrow(/follow-up/)
          continue
        }
        const status = 'status' in what ? what.status : statusAfterReply(ticket, what.reply, time, 7)
        if (status !== ticket.status) ticket = { status, ...statusTimes(ticket, status, time) }

        const expected = 'status' in what ? what.status : modelReply[what.reply](last.status)
        if (expected !== last.status) past.push({ status: expected, since: time })
        const [before, current] = [past.at(-2), past.at(-1) as (typeof past)[number]]
        const resolved = current.status === 'closed' ? before : current
        expect(ticket).toEqual({
          status: current.status,
          resolved_at: resolved?.status === 'resolved' ? resolved.since : null,
          closed_at: current.status === 'closed' ? current.since : null,
        })
      }
    }),
  )
})

const modelReply: Record<'agent' | 'requester', (status: TicketStatus) => TicketStatus> = {
  agent: (status) => (status === 'new' ? 'open' : status),
  requester: (status) => (status === 'new' ? 'new' : 'open'),
}

test('a ticket is open unless it is resolved or closed', () => {
  const statuses = ['new', 'open', 'pending', 'on_hold', 'resolved', 'closed']
  expect(statuses.filter(isOpen)).toEqual(['new', 'open', 'pending', 'on_hold'])
})

test('a change makes one event for each kind of field', () => {
  const changes = { subject: ['a', 'b'], status: ['new', 'open'], priority: ['low', 'high'], agent_id: [null, 1] }
  expect(changeEvents(changes)).toEqual([
    { type: 'ticket.updated', changes: { subject: ['a', 'b'], priority: ['low', 'high'] } },
    { type: 'ticket.status_changed', changes: { status: ['new', 'open'] } },
    { type: 'ticket.assigned', changes: { agent_id: [null, 1] } },
  ])
})

test('a reference uses Crockford’s alphabet, evenly', () => {
  expect(referenceFrom(new Uint8Array([0, 9, 18, 31, 32, 255, 16]))).toBe('HD-09JZ0ZG')
  const characters = Array.from({ length: 256 }, (_, byte) => referenceFrom(new Uint8Array(7).fill(byte))[3])
  const counts = Object.values(Object.groupBy(characters, (character) => String(character))).map((all) => all?.length)
  expect(counts).toEqual(Array(32).fill(8))
})
