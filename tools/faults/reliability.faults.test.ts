// Does one fault after the other to a system under load, and prints what became of what clients were told.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DoubledSystem, startDoubledSystem, type Tenant } from './doubled-system.ts'
import { type Fault, faults } from './faults.ts'
import { type Ledger, Load } from './load.ts'
import { finalVerdict, type Verdict } from './verdict.ts'

interface Row {
  fault: string
  ledger: Ledger
  verdict: Verdict
  /** From the end of the fault until every process is ready. */
  secondsToReady?: number
  /** From the end of the load until the audit log has everything. */
  secondsToSettle?: number
}

let system: DoubledSystem
const done: { fault: Fault; tenant: Tenant; ledger: Ledger }[] = []

beforeAll(async () => {
  console.log('Starting two of each process ...')
  system = await startDoubledSystem()
  console.log(`Fault tests run on: ${system.kind}\n\n${header}`)
})
afterAll(() => system?.[Symbol.asyncDispose]())

test.each(faults)('nothing acknowledged is lost, twice or out of order: $name', async (fault) => {
  const name = `f${faults.indexOf(fault) + 1}`
  const tenant = await system.newTenant(name)
  const load = new Load({ ...system, tenant, name, retries: fault.retries })
  await load.untilAcknowledged(50)

  await fault.inject(system)
  const endedAt = performance.now()
  await system.untilReady()
  const secondsToReady = secondsSince(endedAt)
  await load.untilAcknowledged(50)
  const ledger = await load.stop()
  done.push({ fault, tenant, ledger })

  const stoppedAt = performance.now()
  const verdict = await finalVerdict(system, tenant, ledger)
  const secondsToSettle = secondsSince(stoppedAt)
  console.log(lineOf({ fault: fault.name, ledger, verdict, secondsToReady, secondsToSettle }))
  await expectNothingWrong(tenant, ledger, verdict)
})

test('and after all of it everything is still there, once and in order', async () => {
  for (const { tenant, ledger } of done) {
    await expectNothingWrong(tenant, ledger, await finalVerdict(system, tenant, ledger))
  }
})

async function expectNothingWrong(tenant: Tenant, ledger: Ledger, verdict: Verdict): Promise<void> {
  expect(verdict).toEqual({ lost: [], duplicated: [], out_of_order: [] })
  expect(ledger.complaints).toEqual([])
  const headers = { authorization: `Bearer ${tenant.key}` }
  const chain = await system.balancer.send({ method: 'GET', path: '/audit/verify', headers, timeoutMs: 15_000 })
  expect(chain).toMatchObject({ status: 200, body: { data: { ok: true } } })
}

const secondsSince = (time: number) => (performance.now() - time) / 1_000

const columns: [title: string, read: (row: Row) => string | number][] = [
  ['fault'.padEnd(54), ({ fault }) => fault.padEnd(54)],
  ['requests', ({ ledger }) => ledger.requests],
  ['failed', ({ ledger }) => ledger.failed],
  ['acknowledged', ({ ledger }) => ledger.changes.filter(({ acknowledged }) => acknowledged).length],
  ['given up', ({ ledger }) => ledger.changes.filter(({ acknowledged }) => !acknowledged).length],
  ['lost', ({ verdict }) => verdict.lost.length],
  ['duplicated', ({ verdict }) => verdict.duplicated.length],
  ['out of order', ({ verdict }) => verdict.out_of_order.length],
  ['s to ready', ({ secondsToReady }) => secondsToReady?.toFixed(1) ?? ''],
  ['s to audited', ({ secondsToSettle }) => secondsToSettle?.toFixed(1) ?? ''],
]
const header = [
  `| ${columns.map(([title]) => title).join(' | ')} |`,
  `| ${columns.map(([title], index) => (index === 0 ? '-'.repeat(title.length) : `${'-'.repeat(title.length - 1)}:`)).join(' | ')} |`,
].join('\n')
const lineOf = (row: Row) =>
  `| ${columns.map(([title, read]) => String(read(row)).padStart(title.length)).join(' | ')} |`
