// `npm start`: the whole system on this machine, without Docker.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { startEmbeddedPostgres } from '../backend/embedded-postgres.ts'
import { startNatsServer } from '../backend/nats-server.ts'
import { isAlive } from '../backend/processes.ts'
import { createDatabases } from './databases.ts'
import { demoKeys, seedDemo } from './demo.ts'
import { cacheFolder, databaseUrlOf, folder, type LocalSystem, localFile, readLocalFile, root } from './local-file.ts'
import { choosePorts, takeTurnToStart } from './ports.ts'
import { keepSecrets } from './secrets.ts'
import { Supervisor } from './supervisor.ts'
import { describeSystem } from './system.ts'

const { logLevel } = new Command('npm start --')
  .description(
    `Starts PostgreSQL, NATS and the five services, with a demo tenant. Data stays in .helpdesk/ between runs.
DATABASE_URL and NATS_URL, when set, name servers to use instead of the embedded ones.
HELPDESK_FOLDER, when set, is the folder to use instead of .helpdesk/.`,
  )
  .option('--log-level <level>', 'what the services log: trace, debug, info, warn, error', 'info')
  .parse()
  .opts<{ logLevel: string }>()

const startedAt = Date.now()
const say = (text: string) => console.log(text)
await using resources = new AsyncDisposableStack()
const stopRequested = new Promise<string>((resolve) => {
  process.once('SIGINT', resolve)
  process.once('SIGTERM', resolve)
  // npm dies on SIGTERM without passing it on.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && resolve('the end of npm'), 250).unref()
})

try {
  const system = await Promise.race([startEverything(), stopRequested.then(() => undefined)])
  if (system) {
    announce(system)
    say(`\nStopping on ${await stopRequested} ...`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof AggregateError) for (const each of error.errors) console.error(`  ${each}`)
  process.exitCode = 1
}
await resources.disposeAsync()
say('Stopped.')
process.exit()

async function startEverything(): Promise<LocalSystem> {
  takeFolder()
  const secrets = keepSecrets(join(folder, 'secrets.json'))
  await using _turn = await takeTurnToStart()
  const ports = await choosePorts()

  say('Starting PostgreSQL and NATS ...')
  const [postgresUrl, natsUrl] = await Promise.all([
    process.env.DATABASE_URL || startPostgres(ports.postgres),
    process.env.NATS_URL || startNats(ports.nats),
  ])
  await createDatabases(postgresUrl)

  say('Starting the services ...')
  const databaseUrl = (database: string) => databaseUrlOf(postgresUrl, database)
  const processes = describeSystem({ copies: [{ ports, databaseUrl, natsUrl }], secrets, logLevel })
  const supervisor = new Supervisor({ root, folder, say: console.error })
  resources.defer(() => supervisor.stop())
  await supervisor.start(processes)

  const grpc = {
    tickets: `127.0.0.1:${ports.grpc.tickets}`,
    catalog: `127.0.0.1:${ports.grpc.catalog}`,
    audit: `127.0.0.1:${ports.grpc.audit}`,
    ai: `127.0.0.1:${ports.grpc.ai}`,
  }
  const gateway_url = `http://127.0.0.1:${ports.http}`
  const system: LocalSystem = {
    gateway_url,
    docs_url: `${gateway_url}/api/docs`,
    tenant: 'demo',
    keys: await demoKeys(databaseUrl('gateway'), readLocalFile()?.keys),
    grpc,
    grpc_token: secrets.service_tokens.local,
    nats_url: natsUrl,
    postgres_url: postgresUrl,
    health: Object.fromEntries(processes.map(({ name, healthPort }) => [name, `http://127.0.0.1:${healthPort}`])),
    pids: Object.fromEntries(processes.map(({ name }) => [name, supervisor.pidOf(name) ?? 0])),
  }
  await seedDemo(system, databaseUrl('gateway'))
  writeFileSync(localFile, JSON.stringify(system, null, 2), { mode: 0o600 })
  return system
}

/** One system for each checkout at a time. */
function takeFolder(): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'supervisor.pid')
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid !== process.pid && isAlive(pid, 'stack/start.ts')) {
      const url = readLocalFile()?.gateway_url
      throw new Error(`It runs already (process ${pid}${url ? `, ${url}` : ''}). Stop that one first.`)
    }
  }
  writeFileSync(file, String(process.pid))
  resources.defer(() => rmSync(file, { force: true }))
}

async function startPostgres(port: number): Promise<string> {
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), port })
  resources.defer(() => postgres.stop())
  return postgres.url
}

async function startNats(port: number): Promise<string> {
  const nats = await startNatsServer({ folder: join(folder, 'nats'), cache: cacheFolder, port })
  resources.defer(() => nats.stop())
  return nats.url
}

function announce({ gateway_url, docs_url, keys, nats_url, grpc }: LocalSystem): void {
  const services = Object.entries(grpc).map(([name, address]) => `${name} ${address}`)
  say(`
Ready in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.

  API       ${gateway_url}/api/v1/helpdesk
  Docs      ${docs_url}
  Key       ${keys.full}
  read      ${keys.read}
  write     ${keys.write}
  admin     ${keys.admin}
  gRPC      ${services.join(', ')}
  NATS      ${nats_url}
  All this  .helpdesk/local.json     Logs  .helpdesk/logs/

Try it:
  curl -H 'Authorization: Bearer ${keys.full}' ${gateway_url}/api/v1/helpdesk/tickets

Ctrl-C stops everything.`)
}
