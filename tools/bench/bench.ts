// `npm run bench`: what the help desk's features cost, and whether it stays as quick when it grows. Ratios of one run.

import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '@helpdesk/postgres'
import { Command } from 'commander'
import { clientOf, newFolder, type System, startSystem } from '../../apps/e2e/src/system.ts'
import { databaseUrlOf } from '../stack/local-file.ts'
import { caughtUp } from './caught-up.ts'
import { fillTickets } from './fill.ts'
import { startFloor } from './floor/start.ts'
import { type LoadOptions, load, type Measured, type Target } from './load.ts'
import { cpuSeconds, residentMib } from './processes.ts'
import { table } from './table.ts'

const options = new Command('npm run bench --')
  .description(
    `Measures, on this machine and with nothing else running:
  start    seconds to ready on a folder that has data, and memory when idle
  floor    throughput against the least Express + gRPC + PostgreSQL program that gives the same bytes
  audit    how long after a load of writes the audit log has everything
  growth   p99 of gets, lists and filters with many tickets against the same with 10,000
docs/performance.md says how to read it.`,
  )
  .option('--seconds <n>', 'length of one measurement', Number, 4)
  .option('--rounds <n>', 'measurements of each side, in turn; the median counts', Number, 5)
  .option('--connections <n>', 'requests under way at once', Number, 8)
  .option('--tickets <n>', 'the many tickets of growth', Number, 1_000_000)
  .option('--only <part>', 'start, floor, audit or growth')
  .parse()
  .opts<LoadOptions & { rounds: number; tickets: number; only?: string }>()

const few = 10_000

interface Side {
  target: Target
  /** Those that serve it, PostgreSQL apart. */
  pids: number[]
}

const say = (text: string) => console.error(`  ${text}`)
const folder = newFolder()
await using resources = new AsyncDisposableStack()
const stop = () => void resources.disposeAsync().then(() => process.exit(130))
process.once('SIGINT', stop).once('SIGTERM', stop)

const parts = { start: measureStart, floor: measureFloor, audit: measureAudit, growth: measureGrowth }
if (options.only && !(options.only in parts)) {
  console.error(`There is no part ${options.only}: take one of ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}

say('Starting the system ...')
await (await startSystem({ folder })).stop()
const system: System = resources.use(await startSystem({ folder }))
const { gateway_url, keys, postgres_url } = system.local
const sql: Sql = connect({
  url: databaseUrlOf(postgres_url, 'tickets'),
  name: 'bench',
  max: 2,
  statementTimeoutMs: 600_000,
})
resources.defer(() => sql.end())
const tenantId = await tenantOf(system)
const ofProduct = (path: string): Target => ({ url: () => `${gateway_url}/api/v1/helpdesk${path}`, key: keys.full })

for (const [name, measure] of Object.entries(parts)) {
  if (!options.only || options.only === name) await measure()
}

async function measureStart() {
  const [, seconds] = system.output().match(/Ready in ([\d.]+) s/) ?? []
  await sleep(15_000)
  const memory = Object.entries(system.local.pids).map(([name, pid]) => ({ name, mib: residentMib(pid) }))
  table('Start, and memory when idle', [
    { what: 'ready on a folder with data', measured: `${seconds} s`, goal: 'under 5 s' },
    ...memory.map(({ name, mib }) => ({ what: name, measured: `${mib.toFixed(0)} MiB`, goal: '' })),
    {
      what: 'the five together',
      measured: `${memory.reduce((sum, { mib }) => sum + mib, 0).toFixed(0)} MiB`,
      goal: 'under 500 MiB',
    },
  ])
}

async function measureFloor() {
  await fillTickets(sql, tenantId, few, say)
  const floor = resources.use(await startFloor(databaseUrlOf(postgres_url, 'tickets'), tenantId))
  const ids = await sql<{ id: number }[]>`
    select id from tickets where tenant_id = ${tenantId} order by id desc limit 1000`
  const ticket = (base: string) => (n: number) => `${base}/tickets/${ids[n % ids.length]?.id}`
  const product = `${gateway_url}/api/v1/helpdesk`
  const create = (base: string): Target => ({
    method: 'POST',
    url: () => `${base}/tickets`,
    body: (n) => ({
      subject: `Bench ${n}`,
      body_md: 'My invoice is wrong.',
      requester: { email: 'bench7@example.org' },
    }),
    key: keys.full,
  })
  const ofProcesses = ['gateway', 'tickets-svc'].map((name) => system.local.pids[name] ?? 0)
  const sides = (mine: Target, theirs: Target): [Side, Side] => [
    { target: mine, pids: ofProcesses },
    { target: theirs, pids: floor.pids },
  ]
  const rows = [
    await compare(
      'GET /tickets/{id}',
      0.85,
      ...sides({ url: ticket(product), key: keys.full }, { url: ticket(floor.url) }),
    ),
    await compare('GET /tickets', 0.85, ...sides(ofProduct('/tickets'), { url: () => `${floor.url}/tickets` })),
    await compare('POST /tickets', 0.8, ...sides(create(product), create(floor.url))),
  ]
  table(`Throughput against the floor, ${options.connections} connections`, rows)
}

/** Loads product and floor in turn. */
async function compare(what: string, goal: number, product: Side, floor: Side) {
  const sides = { product, floor }
  const measured: Record<keyof typeof sides, (Measured & { cpu: number })[]> = { product: [], floor: [] }
  for (let round = 0; round <= options.rounds; round += 1) {
    say(`${what}: ${round === 0 ? 'warming up' : `round ${round} of ${options.rounds}`}`)
    const order = Object.keys(sides) as (keyof typeof sides)[]
    for (const side of round % 2 === 0 ? order : order.reverse()) {
      const { target, pids } = sides[side]
      const cpuBefore = cpuSeconds(pids)
      const result = await load(target, options)
      // Neither side pays for what the other has left to publish and to record.
      await caughtUp(postgres_url, tenantId)
      const cpu = ((cpuSeconds(pids) - cpuBefore) / result.requests) * 1_000_000
      if (round > 0) measured[side].push({ ...result, cpu })
    }
  }
  const of = (side: keyof typeof sides, field: keyof Measured | 'cpu') => median(measured[side].map((m) => m[field]))
  const ratio = median(measured.product.map((each, n) => each.per_second / (measured.floor[n]?.per_second ?? 0)))
  return {
    what,
    'product/s': of('product', 'per_second').toFixed(0),
    'floor/s': of('floor', 'per_second').toFixed(0),
    ratio: ratio.toFixed(2),
    goal: `at least ${goal}`,
    'p50, p99 ms': `${of('product', 'p50').toFixed(2)}, ${of('product', 'p99').toFixed(2)}`,
    'CPU µs, product and floor': `${of('product', 'cpu').toFixed(0)}, ${of('floor', 'cpu').toFixed(0)}`,
  }
}

async function measureAudit() {
  const target: Target = {
    method: 'POST',
    url: () => `${gateway_url}/api/v1/helpdesk/tags`,
    body: (n) => ({ slug: `bench-${process.pid}-${n}-${Date.now().toString(36)}`, name: 'Bench' }),
    key: keys.full,
  }
  say('writing tags ...')
  const { requests, per_second } = await load(target, { ...options, seconds: 15 })
  const seconds = await caughtUp(postgres_url, tenantId)
  table('The audit log after 15 s of writes', [
    { what: 'changes', measured: `${requests}, ${per_second.toFixed(0)} a second`, goal: '' },
    { what: 'all of them in the audit log', measured: `${seconds.toFixed(2)} s after the last`, goal: 'within 2 s' },
  ])
}

async function measureGrowth() {
  await fillTickets(sql, tenantId, few, say)
  const before = await measureQueries(await growthQueries())
  await fillTickets(sql, tenantId, options.tickets, say)
  const after = await measureQueries(await growthQueries())
  table(
    `p99 at ${options.tickets.toLocaleString('en')} tickets against ${few.toLocaleString('en')}, one request at a time`,
    Object.entries(before).map(([what, small]) => {
      const large = after[what] as Measured
      return {
        what,
        'p50 ms': `${small.p50.toFixed(2)} → ${large.p50.toFixed(2)}`,
        'p99 ms': `${small.p99.toFixed(2)} → ${large.p99.toFixed(2)}`,
        ratio: (large.p99 / small.p99).toFixed(2),
        goal: what.includes('q=') ? 'bounded by its matches' : 'at most 1.3',
      }
    }),
  )
}

/** Each get, list and filter. Ids are of rows that are there at either size. */
async function growthQueries(): Promise<Record<string, Target>> {
  const api = clientOf(system.local)
  const first = async (path: string) => (await api.get(path)).body.data[0]
  const [queue, agent] = [await first('/queues'), await first('/agents')]
  const [tag] = await sql<[{ slug: string }]>`
    select slug from tags where tenant_id = ${tenantId} order by id limit 1`
  const [{ id }] = await sql<[{ id: number }]>`select min(id) as id from tickets where tenant_id = ${tenantId}`
  const page = (await api.get('/tickets')).body.next_cursor
  const paths = {
    'GET /tickets/{id}': `/tickets/${id}`,
    'GET /tickets/{id}/messages': `/tickets/${id}/messages`,
    '/tickets': '/tickets',
    '/tickets, second page': `/tickets?cursor=${page}`,
    'sort=-created_at': '/tickets?sort=-created_at',
    'sort=-priority': '/tickets?sort=-priority',
    'status=open': '/tickets?status=open',
    'status=new,open': '/tickets?status=new,open',
    'queue_id, status': `/tickets?queue_id=${queue.id}&status=open`,
    agent_id: `/tickets?agent_id=${agent.id}`,
    'agent_id=none': '/tickets?agent_id=none',
    requester_email: '/tickets?requester_email=bench7@example.org',
    tag: `/tickets?tag=${tag.slug}`,
    'priority=urgent': '/tickets?priority=urgent',
    'source=portal': '/tickets?source=portal',
    'q=zeppelin': '/tickets?q=zeppelin',
  }
  return Object.fromEntries(Object.entries(paths).map(([what, path]) => [what, ofProduct(path)]))
}

async function measureQueries(queries: Record<string, Target>): Promise<Record<string, Measured>> {
  const measured: Record<string, Measured> = {}
  for (const [what, target] of Object.entries(queries)) {
    say(what)
    await load(target, { seconds: 1, connections: 1 })
    measured[what] = await load(target, { ...options, connections: 1 })
  }
  return measured
}

async function tenantOf({ local }: System): Promise<number> {
  const gateway = connect({ url: databaseUrlOf(local.postgres_url, 'gateway'), name: 'bench', max: 1 })
  const [tenant] = await gateway<[{ tenant_id: number }]>`select tenant_id from tenants where slug = ${local.tenant}`
  await gateway.end()
  return tenant.tenant_id
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
