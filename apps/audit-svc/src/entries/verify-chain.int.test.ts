import type { Tx } from '@helpdesk/postgres'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'
import { hashOfRow, type LogRow } from './entry.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
})
afterAll(() => audit[Symbol.asyncDispose]())

const verify = (tenantId: number) => audit.client.verifyChain({}, callFor(tenantId))

/** A tenant with five entries, whose chain is valid. */
let tenants = 0
async function tenantWithEntries(): Promise<number> {
  const tenantId = ++tenants
  await audit.publish(...Array.from({ length: 5 }, () => eventOf(tenantId, 'ticket.updated')))
  await vi.waitFor(async () => expect(await verify(tenantId)).toMatchObject({ ok: true, checked: 5 }), 15_000)
  return tenantId
}

test('a chain nobody touched is valid, up to its head', async () => {
  const tenantId = await tenantWithEntries()
  const [head] = await audit.sql`select hash from audit_log where tenant_id = ${tenantId} and id = 5`
  expect(await verify(tenantId)).toEqual({ ok: true, checked: 5, head_hash: head?.hash, first_bad_id: null, erased: 0 })
})

test('a tenant without entries has a valid chain', async () => {
  expect(await verify(1_000)).toMatchObject({ ok: true, checked: 0, head_hash: '0'.repeat(64) })
})

// Each as a superuser would do it, who can.
const tampering: [what: string, firstBadId: number, tamper: (tx: Tx, tenantId: number) => Promise<unknown>][] = [
  ['a changed field', 3, (tx, id) => tx`update audit_log set actor_id = '99' where tenant_id = ${id} and id = 3`],
  ['a changed time', 3, (tx, id) => tx`update audit_log set created_at = now() where tenant_id = ${id} and id = 3`],
  ['a changed field under a new hash', 4, (tx, id) => forge(tx, id, 3)],
  ['a changed last entry under a new hash', 5, (tx, id) => forge(tx, id, 5)],
  ['changed data', 2, (tx, id) => tx`update audit_data set data = '{}' where tenant_id = ${id} and id = 2`],
  ['data changed to null', 2, (tx, id) => tx`update audit_data set data = 'null' where tenant_id = ${id} and id = 2`],
  ['a changed salt', 2, (tx, id) => tx`update audit_data set salt = 'x' where tenant_id = ${id} and id = 2`],
  ['a missing entry', 3, (tx, id) => remove(tx, id, [3])],
  ['a missing first entry', 1, (tx, id) => remove(tx, id, [1])],
  ['a cut-off tail', 4, (tx, id) => remove(tx, id, [4, 5])],
  ['a log cut off whole', 1, (tx, id) => remove(tx, id, [1, 2, 3, 4, 5])],
  ['an entry added behind the head', 6, (tx, id) => copy(tx, id, 5, 6)],
  ['an entry added before the first', 0, (tx, id) => copy(tx, id, 1, 0)],
  ['two entries in each other’s place', 2, swap],
  ['a changed head', 5, (tx, id) => tx`update audit_heads set hash = 'x' where tenant_id = ${id}`],
  ['a removed head', 1, (tx, id) => tx`delete from audit_heads where tenant_id = ${id}`],
]

test.each(tampering)('%s is found', async (_what, firstBadId, tamper) => {
  const tenantId = await tenantWithEntries()
  await audit.sql.begin((tx) => tamper(tx, tenantId))
  expect(await verify(tenantId)).toMatchObject({ ok: false, first_bad_id: firstBadId })
})

test('after a person’s data is erased the chain still verifies, and says so', async () => {
  const tenantId = await tenantWithEntries()
  await audit.sql`delete from audit_data where tenant_id = ${tenantId} and id in (2, 3)`
  expect(await verify(tenantId)).toMatchObject({ ok: true, checked: 5, erased: 2 })
})

test('a chain longer than a page is walked to its end', async () => {
  const tenantId = ++tenants
  await audit.publish(...Array.from({ length: 2_100 }, () => eventOf(tenantId, 'ticket.updated')))
  await vi.waitFor(async () => expect(await verify(tenantId)).toMatchObject({ ok: true, checked: 2_100 }), 15_000)
  await audit.sql`update audit_log set via = 'api:1' where tenant_id = ${tenantId} and id = 2050`
  expect(await verify(tenantId)).toMatchObject({ ok: false, checked: 2_049, first_bad_id: 2_050 })
})

/** Changes an entry and computes its own hash anew. */
async function forge(tx: Tx, tenantId: number, id: number) {
  const [row] = await tx<[LogRow]>`select * from audit_log where tenant_id = ${tenantId} and id = ${id}`
  const { hash: _, ...fields } = { ...row, actor_id: '99' }
  await tx`
    update audit_log set actor_id = '99', hash = ${hashOfRow(fields)} where tenant_id = ${tenantId} and id = ${id}`
}

async function remove(tx: Tx, tenantId: number, ids: number[]) {
  await tx`delete from audit_data where tenant_id = ${tenantId} and id in ${tx(ids)}`
  await tx`delete from audit_log where tenant_id = ${tenantId} and id in ${tx(ids)}`
}

async function copy(tx: Tx, tenantId: number, from: number, to: number) {
  const [row] = await tx<[LogRow]>`select * from audit_log where tenant_id = ${tenantId} and id = ${from}`
  await tx`insert into audit_log ${tx({ ...row, id: to, event_id: 'evt_added', prev_hash: row.hash })}`
}

async function swap(tx: Tx, tenantId: number) {
  const rows = await tx<LogRow[]>`select * from audit_log where tenant_id = ${tenantId} and id in (2, 3)`
  await remove(tx, tenantId, [2, 3])
  for (const row of rows) await tx`insert into audit_log ${tx({ ...row, id: row.id === 2 ? 3 : 2 })}`
}
