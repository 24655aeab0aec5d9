// docker-compose.yml on a real engine. TEST_BACKEND=containers makes it compulsory; elsewhere it runs when an engine
// and Compose are there.

import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Client, clientOf } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const services = ['gateway', 'tickets-svc', 'catalog-svc', 'audit-svc', 'ai-svc', 'postgres', 'nats']
const compose = findCompose()
const compulsory = process.env.TEST_BACKEND === 'containers'

/** `docker compose`, or the docker-compose of before; nothing where no engine answers. */
function findCompose(): string[] | undefined {
  const answers = (command: string, ...args: string[]) => {
    try {
      execFileSync(command, args, { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  if (!answers('docker', 'info')) return undefined
  if (answers('docker', 'compose', 'version')) return ['docker', 'compose']
  return answers('docker-compose', 'version') ? ['docker-compose'] : undefined
}

describe.skipIf(!compose && !compulsory)('the system in containers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-compose-'))
  const project = ['--project-name', `helpdesk-test-${process.pid}`, '--env-file', join(folder, '.env')]
  let environment: Record<string, string>
  let gatewayUrl: string
  let key: string
  let api: Client
  let tenantId: number

  async function run(command: string, ...args: string[]): Promise<string> {
    const options = { cwd: root, env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 }
    return (await promisify(execFile)(command, args, options)).stdout
  }
  const inCompose = (...args: string[]) => {
    const [command = '', ...first] = compose ?? []
    return run(command, ...first, ...project, ...args)
  }
  const admin = (...args: string[]) => run(process.execPath, join(root, 'tools/admin/admin.ts'), ...args)
  const adminInContainer = async (...args: string[]) =>
    JSON.parse(await inCompose('run', '--rm', '-T', 'admin', '--json', ...args))[0]
  const containerOf = async (service: string) => (await inCompose('ps', '-q', service)).trim()
  const inspect = async (service: string) => JSON.parse(await run('docker', 'inspect', await containerOf(service)))[0]
  const healthOf = async (service: string) => (await inspect(service)).State.Health.Status
  const untilHealthy = (...names: string[]) =>
    vi.waitFor(async () => expect(await Promise.all(names.map(healthOf))).toEqual(names.map(() => 'healthy')), {
      timeout: 180_000,
      interval: 1_000,
    })

  beforeAll(async () => {
    if (!compose) throw new Error('TEST_BACKEND=containers, but there is no Docker engine with Compose')
    const [http, nats] = [await freePort(), await freePort()]
    environment = {
      HTTP_BIND: `127.0.0.1:${http}`,
      NATS_BIND: `127.0.0.1:${nats}`,
      NATS_USERS_FOLDER: join(folder, 'deploy/nats/users'),
      NODE_IMAGE: process.env.TEST_NODE_IMAGE ?? '',
      POSTGRES_IMAGE: process.env.TEST_POSTGRES_IMAGE ?? '',
      NATS_IMAGE: process.env.TEST_NATS_IMAGE ?? '',
    }
    await admin('init-env', '--folder', folder)
    await inCompose('build')
    await inCompose('up', '-d')
    await untilHealthy(...services)
    tenantId = (await adminInContainer('tenant', 'create', 'acme')).tenant_id
    key = (await adminInContainer('key', 'create', 'acme', '--name', 'compose')).key
    gatewayUrl = `http://127.0.0.1:${http}`
    api = clientOf({ gateway_url: gatewayUrl, keys: { full: key, read: key, write: key, admin: key } })
  }, 600_000)

  afterAll(async () => {
    if (environment) await inCompose('down', '--volumes', '--timeout', '5')
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  test('secrets are made once, and never replaced', async () => {
    const before = readFileSync(join(folder, '.env'), 'utf8')
    await expect(admin('init-env', '--folder', folder)).rejects.toThrow('There already is')
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(before)
  })

  test('the README’s curl makes a tag, and it stands in the audit log', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const [curl = ''] = /^curl -X POST \$URL\/api\/v1\/helpdesk\/tags .*?'$/ms.exec(readme) ?? []
    const env = { ...process.env, URL: gatewayUrl, KEY: key }
    const { stdout } = await promisify(execFile)('bash', ['-euc', curl], { env })
    expect(JSON.parse(stdout)).toMatchObject({ data: { slug: 'refund', version: 1 } })
    await vi.waitFor(async () => {
      expect((await api.get('/audit?event_key=tag.created')).body.total_count).toBe(1)
      expect((await api.get('/audit/verify')).body.data).toMatchObject({ ok: true })
    }, 15_000)
  })

  test('the admin CLI in its container writes help topics', async () => {
    const topic = await adminInContainer('help-topic', 'create', 'acme', 'returns', '--name', 'Returns')
    expect((await api.get('/help-topics')).body.data).toMatchObject([{ id: topic.id, name: 'Returns' }])
  })

  test('nothing runs as root, or can write where it was installed', async () => {
    for (const service of services) {
      const { Config, HostConfig } = await inspect(service)
      expect([service, Config.User]).toEqual([service, expect.stringMatching(/^(1000|postgres)/)])
      expect([service, HostConfig.ReadonlyRootfs]).toEqual([service, true])
      expect(HostConfig.CapDrop).toEqual(['ALL'])
    }
    await expect(inCompose('exec', '-T', 'gateway', 'touch', '/app/x')).rejects.toThrow(/Read-only/)
  })

  test('a process that is killed comes back by itself', async () => {
    const { Pid } = (await inspect('catalog-svc')).State
    process.kill(Pid, 'SIGKILL')
    await vi.waitFor(async () => expect((await inspect('catalog-svc')).State.Pid).not.toBe(Pid), 30_000)
    await vi.waitFor(async () => expect((await api.get('/tags')).status).toBe(200), { timeout: 60_000, interval: 250 })
  })

  test('a service has no way into another’s database', async () => {
    const intruding = `PGPASSWORD="$TICKETS_DB_PASSWORD" psql -h 127.0.0.1 -U tickets -d audit -c 'select 1' 2>&1`
    const script = `PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"; ${intruding}; true`
    expect(await inCompose('exec', '-T', 'postgres', 'sh', '-c', script)).toContain('permission denied for database')
  })

  test('a user of one tenant reads its events, and neither another’s nor publishes', async () => {
    const other = await adminInContainer('tenant', 'create', 'other')
    const output = await admin('nats-user', 'create', 'listener', '--tenant-id', String(tenantId), '--folder', folder)
    const [url = ''] = output.split('\n')
    await inCompose('kill', '-s', 'HUP', 'nats')
    await vi.waitFor(async () => expect(await inCompose('logs', 'nats')).toContain('Reloaded server'), 15_000)
    const NATS_URL = url.replace('127.0.0.1:4222', environment.NATS_BIND ?? '')
    const listen = (filter: string, durable = 'listener') => subscriber({ NATS_URL }, filter, durable)

    const own = listen(`helpdesk.events.v1.${tenantId}.tag.*`)
    await vi.waitFor(() => expect(own.output()).toContain('"slug":"refund"'), 15_000)
    own.stop()
    for (const attempt of [
      listen('helpdesk.events.>'),
      listen(`helpdesk.events.v1.${other.tenant_id}.>`),
      listen(`helpdesk.events.v1.${tenantId}.>`, 'somebody-else'),
    ]) {
      await vi.waitFor(() => expect(attempt.output()).toMatch(/permissions violation/i), 15_000)
      attempt.stop()
    }
    const publish = `
      import { connect } from 'nats'
      const { host, username: user, password: pass } = new URL(process.env.NATS_URL)
      const connection = await connect({ servers: host, user, pass, inboxPrefix: '_INBOX_listener' })
      await connection.jetstream().publish('helpdesk.events.v1.${tenantId}.tag.created', '{}')`
    const script = join(folder, 'publish.mjs')
    writeFileSync(script, publish.replace("'nats'", JSON.stringify(import.meta.resolve('nats'))))
    const attempt = promisify(execFile)(process.execPath, [script], { env: { ...process.env, NATS_URL } })
    await expect(attempt).rejects.toThrow(/permissions violation/i)
  })
})

/** The example subscriber, with what it has printed. */
function subscriber(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'examples/event-subscriber/subscribe.ts'), ...args], {
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return { output: () => output, stop: () => void child.kill('SIGKILL') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
