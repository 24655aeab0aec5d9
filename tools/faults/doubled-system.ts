// Two of each process on one PostgreSQL and one NATS, with links before both that can fail.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKey } from '@helpdesk/gateway/store/api-keys.ts'
import { createTenant } from '@helpdesk/gateway/store/tenants.ts'
import { connect, type Sql } from '@helpdesk/postgres'
import { scopes } from '@helpdesk/proto/values'
import { openLink } from '../backend/link.ts'
import { createDatabases, type databases } from '../stack/databases.ts'
import { databaseUrlOf, root } from '../stack/local-file.ts'
import { choosePorts, takeTurnToStart } from '../stack/ports.ts'
import { keepSecrets } from '../stack/secrets.ts'
import { Supervisor } from '../stack/supervisor.ts'
import { type Copy, describeSystem } from '../stack/system.ts'
import { Balancer } from './balancer.ts'
import { startServers } from './servers.ts'

type Database = (typeof databases)[number]

export interface Tenant {
  tenant_id: number
  /** May do everything, and as often as it likes. */
  key: string
}

export type DoubledSystem = Awaited<ReturnType<typeof startDoubledSystem>>

export async function startDoubledSystem() {
  await using resources = new AsyncDisposableStack()
  // The logs stay there until the next run.
  const folder = join(root, 'tools/test-results/faults')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const servers = resources.use(await startServers())
  await createDatabases(servers.postgres.url)
  /** One for the first of each process, one for the second. */
  const linksTo = async (url: string) => [resources.use(await openLink(url)), resources.use(await openLink(url))]
  const links = { postgres: await linksTo(servers.postgres.url), nats: await linksTo(servers.nats.url) }

  await using _turn = await takeTurnToStart()
  const taken = new Set<number>()
  const copies: Copy[] = []
  for (const [index, { url }] of links.postgres.entries()) {
    const databaseUrl = (database: string) => databaseUrlOf(url, database)
    copies.push({ ports: await choosePorts(taken), databaseUrl, natsUrl: links.nats[index]?.url ?? '' })
  }
  const secrets = keepSecrets(join(folder, 'secrets.json'))
  const processes = describeSystem({ copies, secrets, logLevel: 'warn' })
  // Enough for the balancer to see that a gateway is about to stop.
  for (const { env } of processes) env.STOP_DELAY_MS = '500'
  const supervisor = new Supervisor({ root, folder, say() {} })
  resources.defer(() => supervisor.stop())
  await supervisor.start(processes)
  const balancer = resources.use(new Balancer(copies.map(({ ports }) => `http://127.0.0.1:${ports.http}`)))

  /** Past the links, as the superuser. */
  const open = (database: Database): Sql => {
    const sql = connect({ url: databaseUrlOf(servers.postgres.url, database), name: 'faults', max: 1 })
    resources.defer(() => sql.end({ timeout: 1 }))
    return sql
  }
  const sql = {
    gateway: open('gateway'),
    tickets: open('tickets'),
    catalog: open('catalog'),
    audit: open('audit'),
    ai: open('ai'),
  }
  const opened = resources.move()

  return {
    kind: servers.kind,
    postgres: servers.postgres,
    nats: servers.nats,
    links,
    balancer,
    sql,

    /** Sends a signal to one of two, `tickets-svc` or `tickets-svc-2`. One that ends is waited for, until another runs. */
    async signal(name: string, signal: NodeJS.Signals): Promise<void> {
      const pid = supervisor.pidOf(name)
      if (!pid) throw new Error(`There is no process ${name}`)
      process.kill(pid, signal)
      if (signal === 'SIGSTOP' || signal === 'SIGCONT') return
      while (supervisor.pidOf(name) === pid) await sleep(10)
    },

    /** Until every process says that it is ready: the one that runs, and not one before it. Throws when it takes longer. */
    async untilReady(patienceMs = 60_000): Promise<void> {
      const giveUpAt = Date.now() + patienceMs
      await Promise.all(
        processes.map(async ({ name, healthPort }) => {
          for (let told: { status?: string } | undefined; ; await sleep(100)) {
            const signal = AbortSignal.timeout(2_500)
            const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`, { signal }).catch(() => undefined)
            told = (await answer?.json().catch(() => undefined)) as typeof told
            const isCurrent = answer?.headers.get('x-process-id') === String(supervisor.pidOf(name))
            if (isCurrent && told?.status === 'ready') return
            if (Date.now() > giveUpAt) throw new Error(`${name} is not ready again: ${JSON.stringify(told)}`)
          }
        }),
      )
    },

    async newTenant(slug: string): Promise<Tenant> {
      const tenant = await createTenant(sql.gateway, { slug, name: slug, plan: 'sovereign', is_test: true })
      const wanted = { name: 'faults', scopes, rate_limit_per_minute: 1_000_000 }
      const { key } = await createApiKey(sql.gateway, tenant, wanted)
      return { tenant_id: tenant.tenant_id, key }
    },

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
