import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { clientOf, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands ?? '')

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system[Symbol.asyncDispose]())

/** Runs commands as the README's reader does, in one shell, and gives what they print. */
async function shell(commands: string): Promise<string> {
  const env = { ...process.env, HELPDESK_FOLDER: system.folder }
  const { stdout } = await promisify(execFile)('bash', ['-euc', commands], { cwd: root, env })
  return stdout
}

test('the commands of the README work word for word', async () => {
  const [rest = '', grpc = ''] = blocks
  const quiet = rest.replaceAll('curl ', "curl -sS -w '\\n' ")
  const answers = (await shell(quiet))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const [tag, ticket, tickets, summary, audit, verified] = answers
  expect(tag.data).toMatchObject({ slug: 'refund', color: '#dc2626' })
  expect(ticket.data).toMatchObject({ subject: 'Money back', tags: [{ slug: 'refund' }] })
  expect(tickets.data[0]).toMatchObject({ subject: 'Money back' })
  expect(summary).toMatchObject({ ok: false, error: 'gate_blocked', reason: 'no_key' })
  expect(audit.data).toHaveLength(5)
  expect(verified.data).toMatchObject({ ok: true })

  const [localEnv = ''] = rest.split('\n')
  const listed = await shell(`${localEnv}\n${grpc}`)
  expect(listed).toContain('helpdesk.catalog.v1.CatalogService/CreateTag')
  expect(listed).toContain('"slug": "refund"')
})

test('every path that the README names is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path ?? '')
  const places = [...readme.matchAll(/`((?:apps|libs|tools|docs|examples)\/[\w/-]*)`/g)].map(([, path]) => path ?? '')
  expect(places.length).toBeGreaterThan(10)
  for (const path of [...links, ...places]) expect(existsSync(join(root, path)), path).toBe(true)
})

test('the example subscriber prints the CloudEvents of a tag being made, and goes on where it stopped', async () => {
  const api = clientOf(system.local)
  const listen = () => {
    const filter = 'helpdesk.events.v1.*.tag.>'
    const child = spawn(process.execPath, [join(root, 'examples/event-subscriber/subscribe.ts'), filter], {
      env: { ...process.env, NATS_URL: system.local.nats_url },
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    const events = () =>
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    const stop = async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
    }
    return { events, stop }
  }
  const tagsOf = (events: { data: { slug: string } }[]) => events.map(({ data }) => data.slug)

  const first = listen()
  await api.post('/tags', { slug: 'heard', name: 'Heard' })
  await vi.waitFor(() => expect(tagsOf(first.events())).toContain('heard'), 10_000)
  expect(first.events().at(-1)).toMatchObject({
    specversion: '1.0',
    id: expect.stringMatching(/^evt_/),
    type: 'tag.created',
    source: '/helpdesk/catalog-svc',
    subject: expect.stringMatching(/^tags\/\d+$/),
    datacontenttype: 'application/json',
    actorkind: 'api',
    data: { slug: 'heard', version: 1 },
  })
  await first.stop()

  await api.post('/tags', { slug: 'missed', name: 'Missed' })
  const second = listen()
  await vi.waitFor(() => expect(tagsOf(second.events())).toEqual(['missed']), 10_000)
  await second.stop()
})
