// What is done to the system, one row of the table each.

import { setTimeout as sleep } from 'node:timers/promises'
import { databases } from '../stack/databases.ts'
import type { DoubledSystem } from './doubled-system.ts'

export interface Fault {
  name: string
  /** False where not a single request may fail. */
  retries: boolean
  /** Does it, and ends it. */
  inject: (system: DoubledSystem) => Promise<unknown>
}

const kinds = ['gateway', 'tickets-svc', 'catalog-svc', 'audit-svc', 'ai-svc']

const stops: Fault[] = kinds.map((kind) => ({
  name: `SIGTERM to one ${kind}, then the other`,
  retries: false,
  inject: (system) => oneThenTheOther(system, kind, 'SIGTERM'),
}))

const kills: Fault[] = kinds.flatMap((kind) => [
  {
    name: `one ${kind} killed, then the other`,
    retries: true,
    inject: (system) => oneThenTheOther(system, kind, 'SIGKILL'),
  },
  {
    name: `both ${kind} killed`,
    retries: true,
    inject: (system) => Promise.all([kind, `${kind}-2`].map((name) => system.signal(name, 'SIGKILL'))),
  },
])

async function oneThenTheOther(system: DoubledSystem, kind: string, signal: NodeJS.Signals): Promise<void> {
  await system.signal(kind, signal)
  await system.untilReady()
  await system.signal(`${kind}-2`, signal)
}

const servers: Fault[] = [
  {
    // Longer than the 5 s that a relay waits for an acknowledgement.
    name: 'NATS paused for 7 s',
    retries: true,
    async inject({ nats }) {
      await nats.pause()
      await sleep(7_000)
      await nats.resume()
    },
  },
  {
    name: 'NATS killed, back after 3 s',
    retries: true,
    async inject({ nats }) {
      await nats.kill()
      await sleep(3_000)
      await nats.start()
    },
  },
  {
    name: 'NATS killed, back without its data',
    retries: true,
    async inject({ nats }) {
      await nats.kill()
      await nats.loseData()
      await nats.start()
    },
  },
  {
    name: 'PostgreSQL killed, back after 3 s',
    retries: true,
    async inject({ postgres }) {
      await postgres.kill()
      await sleep(3_000)
      await postgres.start()
    },
  },
  {
    name: 'all connections of PostgreSQL ended, three times',
    retries: true,
    async inject({ sql }) {
      for (let times = 0; times < 3; times++) {
        await sql.gateway`
          select pg_terminate_backend(pid) from pg_stat_activity
           where datname in ${sql.gateway([...databases])} and application_name <> 'faults'`
        await sleep(1_000)
      }
    },
  },
]

const links: Fault[] = (['postgres', 'nats'] as const).flatMap((server) => {
  const name = { postgres: 'PostgreSQL', nats: 'NATS' }[server]
  return [
    {
      name: `the way to ${name} 100 ms longer, for 4 s`,
      retries: true,
      async inject({ links }) {
        for (const link of links[server]) link.delay(50)
        await sleep(4_000)
        for (const link of links[server]) link.delay(0)
      },
    },
    {
      name: `the way to ${name} cut for 2 s`,
      retries: true,
      async inject({ links }) {
        for (const link of links[server]) link.refuse(true)
        await sleep(2_000)
        for (const link of links[server]) link.refuse(false)
      },
    },
    {
      // Longer than the 8 s after which a silent connection to PostgreSQL is given up.
      name: `the way to ${name} silent for 10 s`,
      retries: true,
      async inject({ links }) {
        for (const link of links[server]) link.hold(true)
        await sleep(10_000)
        for (const link of links[server]) link.hold(false)
      },
    },
    {
      name: `the way to ${name} silent for 10 s, for one of two`,
      retries: true,
      async inject({ links }) {
        links[server][0]?.hold(true)
        await sleep(10_000)
        links[server][0]?.hold(false)
      },
    },
  ] satisfies Fault[]
})

export const faults: Fault[] = [...stops, ...kills, ...servers, ...links]
