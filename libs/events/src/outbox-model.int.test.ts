import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '@helpdesk/postgres'
import { createTestDatabase } from '@helpdesk/postgres/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Bus, eventMigrations, Outbox, outboxBacklog, startRelay } from './index.ts'
import { openProxy, quietLog, readStream, takeNatsAccount, withoutAudit } from './testing.ts'

let resources: AsyncDisposableStack
let databaseUrl: string
let natsUrl: string
let sql: Sql
let bus: Bus
beforeAll(async () => {
  resources = new AsyncDisposableStack()
  databaseUrl = resources.use(await createTestDatabase([eventMigrations])).url
  sql = connect({ url: databaseUrl, name: 'tests', max: 6 })
  resources.defer(() => sql.end())
  natsUrl = await takeNatsAccount()
  bus = resources.use(new Bus({ url: natsUrl, name: 'tests', log: quietLog }))
  await vi.waitFor(() => refuseBigEvents(false), 15_000)
})
afterAll(() => resources.disposeAsync())

const call = { tenantId: 1, actor: { kind: 'system', id: 'tests' }, via: '', requestId: 'r' } as const

/** Commits an event of a tag for each version, every other one big. `beforeCommit` holds the transaction open. */
async function change(tag_id: number, versions: readonly number[], beforeCommit?: () => Promise<void>): Promise<void> {
  const outbox = new Outbox('tests', call)
  for (const version of versions) {
    const name = version % 2 ? 'n' : 'n'.repeat(2_000)
    outbox.emit('tag.updated', tag_id, { tag_id, slug: 's', name, color: '#000000', changes: {}, version })
  }
  await sql.begin(async (tx) => {
    await outbox.write(tx)
    await beforeCommit?.()
  })
}

/** Whether the stream refuses each big event, and takes those behind it. */
async function refuseBigEvents(refuse: boolean): Promise<void> {
  const manager = await bus.manager()
  if (!manager) throw new Error('NATS is away')
  const { config } = await manager.streams.info('HELPDESK_EVENTS')
  await manager.streams.update('HELPDESK_EVENTS', { ...config, max_msg_size: refuse ? 1_500 : -1 })
}

/** A relay as a process of its own has it: all it has goes through connections that can be cut. */
async function startProcess() {
  const [toPostgres, toNats] = [await openProxy(databaseUrl), await openProxy(natsUrl)]
  const bus = new Bus({ url: toNats.url, name: 'tests', log: quietLog })
  const relay = startRelay({ databaseUrl: toPostgres.url, source: 'tests', bus, ...withoutAudit, log: quietLog })
  return {
    cutPostgres: toPostgres.cut,
    cutNats: toNats.cut,
    /**
     * What PostgreSQL and NATS see of SIGKILL: both connections end, whatever was under way, and none comes after. What
     * is left, cut off from both, is gone when the second promise is fulfilled.
     */
    async crash(): Promise<{ gone: Promise<unknown> }> {
      await Promise.all([toPostgres[Symbol.asyncDispose](), toNats[Symbol.asyncDispose]()])
      return { gone: Promise.all([relay[Symbol.asyncDispose](), bus[Symbol.asyncDispose]()]) }
    },
  }
}

/** What must be in the stream: of each tag its committed versions, in this order. */
interface Model {
  versions: number
  committed: Map<number, number[]>
  /** Tags that a transaction under way is changing, which locks them, and the version it writes. */
  changing: Map<number, number>
  processes: number
}

/** The transactions under way and the processes. */
interface Real {
  tagId: (tag: number) => number
  changing: Map<number, (commit: boolean) => Promise<void>>
  processes: Awaited<ReturnType<typeof startProcess>>[]
  crashed: { gone: Promise<unknown> }[]
}

interface Step {
  what: string
  /** False while it makes no sense. */
  isPossible: (model: Model) => boolean
  run: (model: Model, real: Real) => Promise<void>
}

const tags = [0, 1, 2] as const
const maxProcesses = 2

const commit = (tag: number, events: number): Step => ({
  what: `commit ${events} of tag ${tag}`,
  isPossible: ({ changing }) => !changing.has(tag),
  async run(model, { tagId }) {
    const versions = Array.from({ length: events }, () => ++model.versions)
    await change(tagId(tag), versions)
    model.committed.get(tag)?.push(...versions)
  },
})

const begin = (tag: number): Step => ({
  what: `begin with tag ${tag}`,
  isPossible: ({ changing }) => !changing.has(tag),
  async run(model, { tagId, changing }) {
    const version = ++model.versions
    const { promise: written, resolve: wrote } = Promise.withResolvers<void>()
    const { promise: decided, resolve: decide } = Promise.withResolvers<boolean>()
    const ended = change(tagId(tag), [version], async () => {
      wrote()
      if (!(await decided)) throw new Error('rolled back')
    }).catch(() => {})
    await written
    model.changing.set(tag, version)
    changing.set(tag, async (commit) => {
      decide(commit)
      await ended
    })
  },
})

const end = (tag: number, commit: boolean): Step => ({
  what: `${commit ? 'commit' : 'roll back'} what began with tag ${tag}`,
  isPossible: ({ changing }) => changing.has(tag),
  async run(model, { changing }) {
    await changing.get(tag)?.(commit)
    changing.delete(tag)
    if (commit) model.committed.get(tag)?.push(model.changing.get(tag) as number)
    model.changing.delete(tag)
  },
})

const start: Step = {
  what: 'start a relay',
  isPossible: ({ processes }) => processes < maxProcesses,
  async run(model, { processes }) {
    processes.push(await startProcess())
    model.processes += 1
  },
}

const crash = (which: number): Step => ({
  what: `crash relay ${which}`,
  isPossible: ({ processes }) => processes > which,
  async run(model, { processes, crashed }) {
    for (const process of processes.splice(which, 1)) crashed.push(await process.crash())
    model.processes -= 1
  },
})

const cut = (what: 'cutPostgres' | 'cutNats'): Step => ({
  what,
  isPossible: ({ processes }) => processes > 0,
  async run(_model, { processes }) {
    for (const process of processes) process[what]()
  },
})

const refuse = (big: boolean): Step => ({
  what: big ? 'refuse big events' : 'take big events',
  isPossible: () => true,
  run: () => refuseBigEvents(big),
})

/** Lets the relays work: until all is published, or for as long as a refused event or a silent relay takes. */
const letPass = (ms: number): Step => ({
  what: `let ${ms} ms pass`,
  isPossible: () => true,
  async run() {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(5)) {
      if ((await outboxBacklog(sql)).unpublished === 0) return
    }
  },
})

const tag = fc.constantFrom(...tags)
const step = fc
  .oneof(
    { weight: 6, arbitrary: fc.tuple(tag, fc.integer({ min: 1, max: 40 })).map((each) => commit(...each)) },
    { weight: 3, arbitrary: tag.map(begin) },
    { weight: 3, arbitrary: fc.tuple(tag, fc.boolean()).map((each) => end(...each)) },
    { weight: 3, arbitrary: fc.constant(start) },
    { weight: 2, arbitrary: fc.constantFrom(0, 1).map(crash) },
    { weight: 2, arbitrary: fc.constantFrom(cut('cutNats'), cut('cutPostgres')) },
    { weight: 3, arbitrary: fc.constantFrom(true, true, false).map(refuse) },
    { weight: 6, arbitrary: fc.constantFrom(5, 100, 300).map(letPass) },
  )
  .map((each: Step) => ({ ...each, [fc.toStringMethod]: () => each.what }))

// So that the test ends, and tells the seed, before its time is over.
const limits = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true }

test('whatever commits, fails and crashes meanwhile, every committed event is published, in the order of its resource', async () => {
  let runs = 0
  const lastRun = Date.now() + 12_000
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20 }), async (steps) => {
      if (Date.now() > lastRun) return
      const run = ++runs
      const tagId = (tag: number) => 10 * run + tag
      const model: Model = {
        versions: 0,
        committed: new Map(tags.map((each) => [each, []])),
        changing: new Map(),
        processes: 0,
      }
      const real: Real = { tagId, changing: new Map(), processes: [], crashed: [] }
      try {
        // A relay that leads and has a stream to publish to.
        for (const each of [start, commit(0, 1), letPass(15_000)]) await each.run(model, real)
        for (const each of steps) if (each.isPossible(model)) await each.run(model, real)
        for (const each of tags) if (model.changing.has(each)) await end(each, true).run(model, real)
        if (model.processes === 0) await start.run(model, real)
        const untilPublished = async () => {
          // Each time: a process that connects brings the stream's limits up to date from what it read before.
          await refuseBigEvents(false)
          expect(await outboxBacklog(sql)).toMatchObject({ unpublished: 0 })
        }
        await vi.waitFor(untilPublished, { timeout: 20_000, interval: 100 })
      } finally {
        for (const decide of real.changing.values()) await decide(false)
        for (const process of real.processes) real.crashed.push(await process.crash())
        await Promise.all(real.crashed.map(({ gone }) => gone))
      }
      const published = Map.groupBy(await readStream(natsUrl), ({ data }) => (data as { tag_id: number }).tag_id)
      for (const [each, versions] of model.committed) {
        const told = published.get(tagId(each)) ?? []
        expect(told.map(({ data }) => (data as { version: number }).version)).toEqual(versions)
      }
    }),
    { numRuns: 12, ...limits },
  )
})
