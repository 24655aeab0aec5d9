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

const processes: Fault[] = kinds.flatMap((kind) => [
  {
    name: `SIGTERM to one ${kind}, then the other`,
    retries: false,
    async inject(system) {
      await system.signal(kind, 'SIGTERM')
      await system.untilReady()
      await system.signal(`${kind}-2`, 'SIGTERM')
    },
  },
  {
    // Its relay or consumer leads since the other was stopped.
    name: `the leading ${kind} of two killed`,
    retries: true,
    inject: (system) => system.signal(kind, 'SIGKILL'),
  },
  {
    name: `both ${kind} killed`,
    retries: true,
    inject: (system) => Promise.all([kind, `${kind}-2`].map((name) => system.signal(name, 'SIGKILL'))),
  },
])

const servers: Fault[] = [
  {
    // Longer than the 5 s that a relay waits for an acknowledgement.
    name: 'NATS paused for 6 s',
    retries: true,
    async inject({ nats }) {
      await nats.pause()
      await sleep(6_000)
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
    // With events in it that the audit log does not have yet.
    name: 'NATS killed, back without its data',
    retries: true,
    async inject({ nats, signal }) {
      for (const name of ['audit-svc', 'audit-svc-2']) await signal(name, 'SIGSTOP')
      await sleep(1_000)
      await nats.kill()
      await nats.loseData()
      for (const name of ['audit-svc', 'audit-svc-2']) await signal(name, 'SIGCONT')
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

// Longer than the 8 s after which a silent connection to PostgreSQL is given up, and the 5 s that a relay waits for NATS.
const silenceSeconds = { postgres: 9, nats: 6 }

const links: Fault[] = (['postgres', 'nats'] as const).flatMap((server): Fault[] => {
  const way = `the way to ${{ postgres: 'PostgreSQL', nats: 'NATS' }[server]}`
  const seconds = silenceSeconds[server]
  return [
    {
      name: `${way} 100 ms longer for 3 s`,
      retries: true,
      async inject({ links }) {
        for (const link of links[server]) link.delay(50)
        await sleep(3_000)
        for (const link of links[server]) link.delay(0)
      },
    },
    {
      name: `${way} cut 40 times in 2 s`,
      retries: true,
      inject: ({ links }) => fortyTimes(() => links[server].map((link) => link.cut())),
    },
    {
      name: `${way} silent for ${seconds} s`,
      retries: true,
      async inject({ links }) {
        for (const link of links[server]) link.hold(true)
        await sleep(1_000 * seconds)
        for (const link of links[server]) link.hold(false)
      },
    },
  ]
})

const oneOfTwo: Fault = {
  name: 'both ways silent for one of two for 9 s',
  retries: true,
  async inject({ links }) {
    const own = [links.postgres[0], links.nats[0]]
    for (const link of own) link?.hold(true)
    await sleep(9_000)
    for (const link of own) link?.hold(false)
  },
}

/** So often that some have been done and are not yet answered. */
async function fortyTimes(cut: () => unknown): Promise<void> {
  for (let times = 0; times < 40; times++) {
    cut()
    await sleep(50)
  }
}

const clients: Fault = {
  name: 'clients cut off 40 times in 2 s, half the answers lost',
  retries: true,
  async inject({ balancer }) {
    balancer.loseAnswers(true)
    await fortyTimes(() => balancer.cut())
    balancer.loseAnswers(false)
  },
}

export const faults: Fault[] = [...processes, ...servers, ...links, oneOfTwo, clients]
