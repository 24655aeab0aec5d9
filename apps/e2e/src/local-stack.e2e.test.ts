import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'
import { clientOf, newFolder, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: string[]) =>
  promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, HELPDESK_FOLDER: folder } }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error) => ({ code: error.code as number, text: String(error.stderr) }),
  )

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')

test('it starts, serves, refuses a second start, stops whole, and finds its data and keys again', async () => {
  const first = await startSystem({ folder })
  const api = clientOf(first.local)
  const { body } = await api.post('/tags', { slug: 'kept', name: 'Kept' })
  expect((await api.get('/tickets')).body.total_count).toBe(3)

  const again = await run([join(root, 'tools/stack/start.ts')])
  expect(again).toEqual({ code: 1, text: expect.stringContaining('It runs already') })
  expect((await api.get('/tags')).status).toBe(200)

  const postgresPid = Number(readFileSync(join(folder, 'nats/nats.pid'), 'utf8'))
  const { code, ms } = await first.stop('SIGINT')
  expect(code).toBe(0)
  expect(ms).toBeLessThan(10_000)
  for (const pid of [...Object.values(first.local.pids), postgresPid]) expect(isAlive(pid)).toBe(false)

  const second = await startSystem({ folder })
  expect(second.local.keys).toEqual(first.local.keys)
  const kept = await clientOf(second.local).get(`/tags/${body.data.id}`)
  expect(kept.body.data).toMatchObject({ slug: 'kept' })
  expect((await clientOf(second.local).get('/tickets')).body.total_count).toBe(3)
  expect((await second.stop('SIGTERM')).code).toBe(0)
})

test('a service that dies is started again', async () => {
  await using system = await startSystem({ folder })
  const api = clientOf(system.local)
  process.kill(system.local.pids['catalog-svc'] ?? 0, 'SIGKILL')
  await vi.waitFor(async () => expect((await api.get('/tags')).status).toBe(200), { timeout: 15_000, interval: 200 })
})

test('keys whose file is lost are revoked, and new ones are made', async () => {
  const before = await startSystem({ folder })
  await before.stop()
  rmSync(join(folder, 'local.json'))
  await using after = await startSystem({ folder })
  expect(after.local.keys.full).not.toBe(before.local.keys.full)
  expect((await clientOf(after.local).get('/tags')).status).toBe(200)
  expect((await clientOf(after.local).get('/tags', { key: before.local.keys.full })).status).toBe(401)
})
