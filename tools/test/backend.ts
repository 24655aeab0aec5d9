// The PostgreSQL and NATS that integration tests run on: Testcontainers when a Docker engine answers, else the
// embedded pair. TEST_BACKEND=containers makes the first compulsory, TEST_BACKEND=embedded the second.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../backend/embedded-postgres.ts'
import { startNatsServer } from '../backend/nats-server.ts'
import { freePort } from '../backend/processes.ts'
import { cacheFolder } from '../stack/local-file.ts'

type BackendKind = 'containers' | 'embedded'

export interface TestBackend extends AsyncDisposable {
  kind: BackendKind
  /** What tests read from the environment. */
  env: { TEST_POSTGRES_URL: string; TEST_NATS_URL: string }
}

export const images = {
  postgres: process.env.TEST_POSTGRES_IMAGE ?? 'postgres:18-alpine',
  nats: process.env.TEST_NATS_IMAGE ?? 'nats:2-alpine',
}

export const startTestBackend = async (): Promise<TestBackend> =>
  (await chooseBackend()) === 'containers' ? startContainers() : startEmbedded()

export async function chooseBackend(): Promise<BackendKind> {
  const wanted = process.env.TEST_BACKEND
  if (wanted === 'embedded') return wanted
  if (wanted && wanted !== 'containers') throw new Error(`TEST_BACKEND is ${wanted}; it may be containers or embedded`)
  const { getContainerRuntimeClient } = await import('testcontainers')
  const engine = await getContainerRuntimeClient().catch((error) => {
    if (wanted) throw new Error('TEST_BACKEND=containers, but no Docker engine answers', { cause: error })
  })
  return engine ? 'containers' : 'embedded'
}

// One JetStream account for each test file, so that each has a stream of its own on the shared server.
const accounts = Array.from({ length: 200 }, (_, index) => `t${index + 1}`)
const accountConfig = `accounts {\n${accounts
  .map((name) => `  ${name} { jetstream: enabled, users: [{ user: ${name}, password: test }] }`)
  .join('\n')}\n}`

// Nothing in a test survives its server, so nothing needs to reach the disk.
const throwaway = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

async function startEmbedded(): Promise<TestBackend> {
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-test-'))
  // PostgreSQL may run as another user, who must get there.
  chmodSync(folder, 0o755)
  const nats = await startNatsServer({
    folder: join(folder, 'nats'),
    port: await freePort(),
    cache: cacheFolder,
    config: accountConfig,
  })
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    port: await freePort(),
    settings: throwaway,
  })
  return {
    kind: 'embedded',
    env: { TEST_POSTGRES_URL: postgres.url, TEST_NATS_URL: nats.url },
    async [Symbol.asyncDispose]() {
      await nats.stop('SIGKILL')
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startContainers(): Promise<TestBackend> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const [postgres, nats] = await Promise.all([
    new GenericContainer(images.postgres)
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withCommand(['postgres', ...['max_connections=300', ...throwaway].flatMap((setting) => ['-c', setting])])
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forListeningPorts())
      .start(),
    new GenericContainer(images.nats)
      .withCopyContentToContainer([
        {
          target: '/etc/helpdesk-nats.conf',
          content: `port: 4222\njetstream { store_dir: /tmp/jetstream }\n${accountConfig}`,
        },
      ])
      .withCommand(['-c', '/etc/helpdesk-nats.conf'])
      .withExposedPorts(4222)
      .withWaitStrategy(Wait.forListeningPorts())
      .start(),
  ])
  return {
    kind: 'containers',
    env: {
      TEST_POSTGRES_URL: `postgres://postgres:test@${postgres.getHost()}:${postgres.getMappedPort(5432)}/postgres`,
      TEST_NATS_URL: `nats://${nats.getHost()}:${nats.getMappedPort(4222)}`,
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([postgres.stop(), nats.stop()])
    },
  }
}
