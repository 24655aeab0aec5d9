import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { leaderOf, openProxy } from '@helpdesk/events/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, eventOf, startTestAudit } from '../testing/audit.ts'

let audit: Awaited<ReturnType<typeof startTestAudit>>
beforeAll(async () => {
  audit = await startTestAudit()
  await audit.stopFirst()
})
afterAll(() => audit[Symbol.asyncDispose]())

// How long another takes to lead is seconds; on busy cores everything else takes as long again.
const soon = 30_000
vi.setConfig({ testTimeout: 4 * soon })

/** Publishes so many events of a tenant, and gives their ids. */
async function publish(tenantId: number, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => eventOf(tenantId, 'ticket.updated'))
  await audit.publish(...events)
  return events.map(({ id }) => id)
}

const recorded = async (tenantId: number) =>
  (
    await audit.sql<{ event_id: string }[]>`select event_id from audit_log where tenant_id = ${tenantId} order by id`
  ).map(({ event_id }) => event_id)
const untilRecorded = (tenantId: number, ids: string[]) =>
  vi.waitFor(async () => expect(await recorded(tenantId)).toEqual(ids), soon)

test('an instance that is killed is followed by another, and the chain goes on behind it', async () => {
  const env = Object.fromEntries(Object.entries(audit.env).map(([name, value]) => [name, String(value)]))
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: 'inherit',
  })
  try {
    const before = await publish(1, 50)
    await untilRecorded(1, before)
    await using second = await audit.startInstance()
    const [during] = await Promise.all([publish(1, 1_000), killed(child)])
    const after = await publish(1, 50)
    await untilRecorded(1, [...before, ...during, ...after])
    expect(await second.client.verifyChain({}, callFor(1))).toMatchObject({ ok: true, checked: 1_100 })
  } finally {
    child.kill('SIGKILL')
  }
})

test('an instance whose connection hangs is followed by another, and changes nothing when it comes back', async () => {
  await using proxy = await openProxy(audit.databaseUrl)
  await using _first = await audit.startInstance(proxy.url)
  const before = await publish(2, 50)
  await untilRecorded(2, before)
  const leader = await leaderOf(audit.sql, 'consumer/audit-svc')
  await using second = await audit.startInstance()
  const publishing = publish(2, 1_000)
  proxy.silence(true)
  const during = await publishing
  await untilRecorded(2, [...before, ...during])
  expect(await leaderOf(audit.sql, 'consumer/audit-svc')).not.toBe(leader)
  proxy.silence(false)
  const after = await publish(2, 50)
  await untilRecorded(2, [...before, ...during, ...after])
  expect(await second.client.verifyChain({}, callFor(2))).toMatchObject({ ok: true, checked: 1_100 })
  expect(await audit.sql`select from dead_letters`).toEqual([])
})

async function killed(child: ReturnType<typeof spawn>): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
