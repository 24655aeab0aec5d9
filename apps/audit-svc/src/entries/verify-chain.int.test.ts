import type { Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'
import { emptyChain, hashOfRow, type LogRow } from './entry.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

const verify = (tenantId: number) => audit.client.verifyChain({}, callFor(tenantId))

// So that a test ends, and tells the seed, before its time is over.
const limits = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true }

/** A tenant whose log holds these events, in this order. */
let tenants = 0
async function record(events: readonly Partial<DomainEvent>[]): Promise<number> {
  const tenantId = ++tenants
  await audit.publish(...events.map((event) => eventOf(tenantId, 'ticket.updated', event)))
  const whole = { ok: true, checked: events.length, first_bad_id: null, erased: 0 }
  await vi.waitFor(async () => expect(await verify(tenantId)).toMatchObject(whole), 15_000)
  return tenantId
}

test('a chain nobody touched is valid, up to its head', async () => {
  const tenantId = await record([{}, {}, {}])
  const [head] = await audit.sql`select hash from audit_log where tenant_id = ${tenantId} and id = 3`
  expect(await verify(tenantId)).toEqual({ ok: true, checked: 3, head_hash: head?.hash, first_bad_id: null, erased: 0 })
})

test('a tenant without entries has a valid chain', async () => {
  expect(await verify(1_000)).toMatchObject({ ok: true, checked: 0, head_hash: emptyChain(1_000).hash })
})

// NUL is the one character that PostgreSQL does not take.
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((each) => each.replaceAll('\u0000', ''))
const anyEvent = fc.record({
  type: fc.constantFrom('ticket.created', 'ticket.replied', 'tag.updated', 'api_key.revoked'),
  subject: fc.nat(9).map((id) => `tickets/${id}`),
  time: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((each) => each.toISOString()),
  actorid: text,
  via: text,
  requestid: text,
  data: fc.record({
    ticket_id: fc.nat(9),
    body_md: text,
    more: fc.jsonValue().filter((value) => !JSON.stringify(value).includes('\\u0000')),
  }),
}) as fc.Arbitrary<unknown> as fc.Arbitrary<Partial<DomainEvent>>

test('any events make a chain that verifies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 20 }),
      async (events) => void (await record(events)),
    ),
    { numRuns: 20, ...limits },
  )
})

/** A log of 2 or more entries, and two of them. */
interface Target {
  tenantId: number
  length: number
  id: number
  other: number
}

/** Does something to the log, as a superuser would who can, and gives the entry at which that must show. */
type Tamper = (tx: Tx, target: Target) => Promise<number>

const texts = ['event_id', 'event_key', 'actor_kind', 'actor_id', 'via', 'resource_type', 'resource_id', 'request_id']
const hashes = ['data_sha256', 'prev_hash', 'hash']

const tampering: Record<string, Tamper> = {
  ...Object.fromEntries(
    [...texts, ...hashes].map((column): [string, Tamper] => [
      `a changed ${column}`,
      (tx, target) => change(tx, target, tx`${tx(column)} = ${tx(column)} || 'x'`),
    ]),
  ),
  'a changed time': (tx, target) => change(tx, target, tx`created_at = created_at + interval '1 ms'`),
  'a changed ticket': (tx, target) => change(tx, target, tx`ticket_id = ticket_id + 1`),
  async 'a changed entry under a new hash'(tx, { tenantId, length, id }) {
    const [row] = await tx<[LogRow]>`select * from audit_log where tenant_id = ${tenantId} and id = ${id}`
    const { hash: _, ...fields } = { ...row, actor_id: `${row.actor_id}x` }
    const forged = { actor_id: fields.actor_id, hash: hashOfRow(fields) }
    await tx`update audit_log set ${tx(forged)} where tenant_id = ${tenantId} and id = ${id}`
    return Math.min(id + 1, length)
  },
  async 'changed data'(tx, { tenantId, id }) {
    await tx`update audit_data set data = data || '{"ticket_id": -1}' where tenant_id = ${tenantId} and id = ${id}`
    return id
  },
  async 'data changed to null'(tx, { tenantId, id }) {
    await tx`update audit_data set data = 'null' where tenant_id = ${tenantId} and id = ${id}`
    return id
  },
  async 'a changed salt'(tx, { tenantId, id }) {
    await tx`update audit_data set salt = salt || 'x' where tenant_id = ${tenantId} and id = ${id}`
    return id
  },
  async 'two entries with each other’s data'(tx, { tenantId, id, other }) {
    await tx`
      update audit_data
         set salt = theirs.salt, data = theirs.data
        from audit_data as theirs
       where audit_data.tenant_id = ${tenantId} and audit_data.id in (${id}, ${other})
         and theirs.tenant_id = ${tenantId} and theirs.id = ${id + other} - audit_data.id`
    return Math.min(id, other)
  },
  async 'a missing entry'(tx, { tenantId, id }) {
    await remove(tx, tenantId, id, id)
    return id
  },
  async 'a missing entry, those behind it moved up'(tx, { tenantId, length, id }) {
    await remove(tx, tenantId, id, id)
    await moveBehind(tx, tenantId, id, -1)
    await tx`update audit_heads set id = ${length - 1} where tenant_id = ${tenantId}`
    return Math.min(id, length - 1)
  },
  async 'a cut-off tail'(tx, { tenantId, length, id }) {
    await remove(tx, tenantId, id, length)
    return id
  },
  async 'a cut-off tail under a changed head'(tx, { tenantId, length, id }) {
    await remove(tx, tenantId, id, length)
    await tx`update audit_heads set id = ${id - 1} where tenant_id = ${tenantId}`
    return Math.max(id - 1, 1)
  },
  async 'an entry added behind the last'(tx, { tenantId, length }) {
    await insert(tx, tenantId, length + 1)
    return length + 1
  },
  async 'an entry added before the first'(tx, { tenantId }) {
    await insert(tx, tenantId, 0)
    return 0
  },
  async 'an entry added between, those behind it moved down'(tx, { tenantId, length, id }) {
    await moveBehind(tx, tenantId, id - 1, 1)
    await insert(tx, tenantId, id)
    await tx`update audit_heads set id = ${length + 1} where tenant_id = ${tenantId}`
    return id + 1
  },
  async 'two entries in each other’s place'(tx, { tenantId, id, other }) {
    await tx`delete from audit_data where tenant_id = ${tenantId} and id in (${id}, ${other})`
    await tx`update audit_log set id = -id where tenant_id = ${tenantId} and id in (${id}, ${other})`
    await tx`update audit_log set id = ${id + other} + id where tenant_id = ${tenantId} and id < 0`
    return Math.min(id, other)
  },
  async 'a changed head'(tx, { tenantId, length }) {
    await tx`update audit_heads set hash = 'x' where tenant_id = ${tenantId}`
    return length
  },
  async 'the head of an earlier entry'(tx, { tenantId, length, id }) {
    const before = Math.min(id, length - 1)
    await tx`
      update audit_heads
         set id = log.id, hash = log.hash
        from audit_log as log
       where audit_heads.tenant_id = ${tenantId} and log.tenant_id = ${tenantId} and log.id = ${before}`
    return before + 1
  },
  async 'a removed head'(tx, { tenantId }) {
    await tx`delete from audit_heads where tenant_id = ${tenantId}`
    return 1
  },
}

test.each(Object.entries(tampering))('%s is found, and named at its place', async (_what, tamper) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.nat(), fc.nat(), async (length, one, two) => {
      const tenantId = await record(Array(length).fill({}))
      const id = 1 + (one % length)
      const other = 1 + ((id + (two % (length - 1))) % length)
      const firstBadId = await audit.sql.begin((tx) => tamper(tx, { tenantId, length, id, other }))
      expect(await verify(tenantId)).toMatchObject({ ok: false, first_bad_id: firstBadId })
    }),
    { numRuns: 8, ...limits },
  )
})

test('after a person’s data is erased the chain still verifies, and says so', async () => {
  const tenantId = await record([{}, {}, {}, {}])
  await audit.sql`delete from audit_data where tenant_id = ${tenantId} and id in (2, 3)`
  expect(await verify(tenantId)).toMatchObject({ ok: true, checked: 4, erased: 2 })
})

test('a chain longer than a page is walked to its end', async () => {
  const tenantId = await record(Array(2_100).fill({}))
  await audit.sql`update audit_log set via = 'api:1' where tenant_id = ${tenantId} and id = 2050`
  expect(await verify(tenantId)).toMatchObject({ ok: false, checked: 2_049, first_bad_id: 2_050 })
})

async function change(tx: Tx, { tenantId, id }: Target, assignment: ReturnType<Tx>): Promise<number> {
  await tx`update audit_log set ${assignment} where tenant_id = ${tenantId} and id = ${id}`
  return id
}

async function remove(tx: Tx, tenantId: number, from: number, to: number): Promise<void> {
  await tx`delete from audit_data where tenant_id = ${tenantId} and id between ${from} and ${to}`
  await tx`delete from audit_log where tenant_id = ${tenantId} and id between ${from} and ${to}`
}

/** Gives the entries behind one other ids, as if that had always been so. Their data would betray it, so it goes. */
async function moveBehind(tx: Tx, tenantId: number, id: number, by: number): Promise<void> {
  await tx`delete from audit_data where tenant_id = ${tenantId}`
  await tx`update audit_log set id = -(id + ${by}) where tenant_id = ${tenantId} and id > ${id}`
  await tx`update audit_log set id = -id where tenant_id = ${tenantId} and id < 0`
}

/** Adds an entry with a hash that fits, behind the one before it. */
async function insert(tx: Tx, tenantId: number, id: number): Promise<void> {
  const [model] = await tx<[LogRow]>`select * from audit_log where tenant_id = ${tenantId} limit 1`
  const [before] = await tx<{ hash: string }[]>`
    select hash from audit_log where tenant_id = ${tenantId} and id = ${id - 1}`
  const { hash: _, ...fields } = {
    ...model,
    id,
    event_id: 'evt_added',
    prev_hash: (before ?? emptyChain(tenantId)).hash,
  }
  await tx`insert into audit_log ${tx({ ...fields, hash: hashOfRow(fields) })}`
}
