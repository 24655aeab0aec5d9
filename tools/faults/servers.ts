// The PostgreSQL and NATS that faults are done to: containers or the embedded pair, as for the integration tests.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../backend/embedded-postgres.ts'
import { startNatsServer } from '../backend/nats-server.ts'
import { freePort, isListening, stopProcess } from '../backend/processes.ts'
import { cacheFolder } from '../stack/local-file.ts'
import { chooseBackend, images } from '../test/backend.ts'

export interface Server {
  /** The same after a restart. */
  url: string
  /** At once, wherever it is. */
  kill(): Promise<void>
  start(): Promise<void>
}

export interface Servers extends AsyncDisposable {
  kind: 'containers' | 'embedded'
  postgres: Server
  nats: Server & {
    /** Stops its process where it stands. */
    pause(): Promise<void>
    resume(): Promise<void>
    /** Of a killed one. */
    loseData(): Promise<void>
  }
}

// A killed server has handed the kernel what it acknowledged: only a machine that loses power needs it on the disk.
const settings = ['fsync=off', 'max_connections=200']

export const startServers = async (): Promise<Servers> =>
  (await chooseBackend()) === 'containers' ? startContainers() : startEmbedded()

async function startEmbedded(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-faults-'))
  // PostgreSQL may run as another user, who must get there.
  chmodSync(folder, 0o755)
  const postgresOptions = { folder: join(folder, 'postgres'), port: await freePort(), settings }
  const natsOptions = { folder: join(folder, 'nats'), port: await freePort(), cache: cacheFolder }
  let postgres = await startEmbeddedPostgres(postgresOptions)
  let nats = await startNatsServer(natsOptions)
  return {
    kind: 'embedded',
    postgres: {
      url: postgres.url,
      // PostgreSQL's immediate shutdown: nothing is written any more, and the next start recovers from the log.
      kill: () => stopProcess(postgres.pid, 'SIGQUIT'),
      async start() {
        postgres = await startEmbeddedPostgres(postgresOptions)
      },
    },
    nats: {
      url: nats.url,
      kill: () => nats.stop('SIGKILL'),
      async start() {
        nats = await startNatsServer(natsOptions)
      },
      pause: async () => void process.kill(nats.pid, 'SIGSTOP'),
      resume: async () => void process.kill(nats.pid, 'SIGCONT'),
      loseData: async () => rmSync(join(natsOptions.folder, 'jetstream'), { recursive: true }),
    },
    async [Symbol.asyncDispose]() {
      await nats.stop('SIGKILL')
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startContainers(): Promise<Servers> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  const engine = await getContainerRuntimeClient()
  const [postgresPort, natsPort] = [await freePort(), await freePort()]
  // A port of our choice: Docker would give a container another one each time it starts.
  const run = (image: string, port: { container: number; host: number }, command: string[]) =>
    new GenericContainer(image)
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withCommand(command)
      .withExposedPorts(port)
      .withWaitStrategy(Wait.forListeningPorts())
      .start()
  const runNats = () =>
    run(images.nats, { container: 4222, host: natsPort }, ['--jetstream', '--store_dir', '/tmp/jetstream'])
  const runPostgres = () =>
    run(images.postgres, { container: 5432, host: postgresPort }, [
      'postgres',
      ...settings.flatMap((setting) => ['-c', setting]),
    ])

  const postgres = await runPostgres()
  let nats = await runNats()
  let isNatsThere = true
  const handle = (container: { getId: () => string }) => engine.container.getById(container.getId())
  const untilListening = async (port: number) => {
    while (!(await isListening(port))) await sleep(25)
  }
  return {
    kind: 'containers',
    postgres: {
      url: `postgres://postgres:test@${postgres.getHost()}:${postgresPort}/postgres`,
      kill: () => handle(postgres).kill(),
      async start() {
        await handle(postgres).start()
        await untilListening(postgresPort)
      },
    },
    nats: {
      url: `nats://${nats.getHost()}:${natsPort}`,
      kill: () => handle(nats).kill(),
      async start() {
        if (isNatsThere) await handle(nats).start()
        else nats = await runNats()
        isNatsThere = true
        await untilListening(natsPort)
      },
      pause: () => handle(nats).pause(),
      resume: () => handle(nats).unpause(),
      async loseData() {
        await nats.stop()
        isNatsThere = false
      },
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([postgres.stop(), nats.stop()])
    },
  }
}
