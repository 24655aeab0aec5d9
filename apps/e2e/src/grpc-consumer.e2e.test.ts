// The contract as a package, installed where nothing else of this repository is, and the example that uses it.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, localEnv, type System, startSystem } from './system.ts'

const root = join(import.meta.dirname, '../../..')
const consumer = mkdtempSync(join(tmpdir(), 'helpdesk-consumer-'))
const node20 = join(consumer, 'node_modules/.bin/node')
const node20Version = '20.18.1'

let system: System
let packed: string[]
beforeAll(async () => {
  packed = await installExample()
  system = await startSystem()
})
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  rmSync(consumer, { recursive: true, force: true })
})

async function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: { ...process.env, ...env } })
  return stdout
}

/** Builds and packs the contract, and installs it in a copy of the example. Gives the files that were packed. */
async function installExample(): Promise<string[]> {
  cpSync(join(root, 'examples/grpc-consumer'), consumer, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(consumer, 'package.json'), 'utf8'))
  // npm runs no install script that is not allowed, and node's fetches its binary.
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ ...manifest, allowScripts: { node: true } }))
  writeFileSync(join(consumer, 'first-call.ts'), firstCallOfReadme())
  await run(join(root, 'node_modules/.bin/nx'), ['build', '@helpdesk/proto'], root, { NX_DAEMON: 'false' })
  const pack = ['pack', '--json', '--pack-destination', consumer, join(root, 'libs/proto/dist')]
  const [{ filename, files }] = JSON.parse(await run('npm', pack, consumer))
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev']
  await run('npm', ['install', ...quietly, join(consumer, filename), `node@${node20Version}`], consumer)
  return files.map(({ path }: { path: string }) => path)
}

function firstCallOfReadme(): string {
  const readme = readFileSync(join(root, 'libs/proto/README.md'), 'utf8')
  return readme.match(/^```ts\n(.*?)^```$/ms)?.[1] ?? ''
}

const installed = () => JSON.parse(readFileSync(join(consumer, 'node_modules/@helpdesk/proto/package.json'), 'utf8'))

test('the package holds what was built, its sources and words for a stranger, and no tests', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'package.json',
      'gen/descriptors.binpb',
      'proto/helpdesk/tickets/v1/tickets.proto',
    ]),
  )
  const kinds = /^(LICENSE|README\.md|package\.json|gen\/descriptors\.binpb|proto\/.*\.proto|.*\.(js|d\.ts))$/
  expect(packed.filter((file) => !kinds.test(file) || file.includes('.test.'))).toEqual([])
})

test('it has the imports that the workspace has, and each leads to a file of the package', () => {
  const source = JSON.parse(readFileSync(join(root, 'libs/proto/package.json'), 'utf8'))
  const { license, exports, dependencies, peerDependencies } = installed()
  expect(Object.keys(exports)).toEqual(Object.keys(source.exports))
  const targets = Object.values<string | Record<string, string>>(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  expect(targets.filter((target) => !packed.includes(target.replace('./', '')))).toEqual([])
  expect(license).toBe('Apache-2.0')
  expect(Object.keys({ ...dependencies, ...peerDependencies }).sort()).toEqual(Object.keys(source.dependencies).sort())
})

test('the example and the first call of the README agree with its declarations', async () => {
  const output = await run(join(root, 'node_modules/.bin/tsc'), ['-p', '.', '--skipLibCheck', 'false'], consumer)
  expect(output).toBe('')
})

test('every import works on Node 20', async () => {
  const subpaths = Object.keys(installed().exports).filter((path) => path !== './descriptors')
  const script = `
    const subpaths = ${JSON.stringify(subpaths)}
    const modules = await Promise.all(subpaths.map((path) => import('@helpdesk/proto' + path.slice(1))))
    const empty = subpaths.filter((path, index) => Object.keys(modules[index]).length === 0)
    console.log(JSON.stringify({ version: process.version, empty, descriptors: import.meta.resolve('@helpdesk/proto/descriptors') }))`
  expect(JSON.parse(await run(node20, ['--input-type=module', '-e', script], consumer))).toEqual({
    version: `v${node20Version}`,
    empty: [],
    descriptors: expect.stringMatching(/\/gen\/descriptors\.binpb$/),
  })
})

test('the example makes its tag and its ticket once, pages, and reads a refusal, on Node 20 and on this one', async () => {
  const env = await localEnv(system)
  const api = clientOf(system.local)
  for (const order of ['1', '2', '3']) await run(node20, ['dist/consumer.js', order], consumer, env)
  const output = await run(process.execPath, ['consumer.ts', '3'], consumer, env)

  const { body } = await api.get('/tickets?tag=order-problem&sort=-created_at')
  const references = body.data.map(({ reference }: { reference: string }) => reference)
  expect(references).toHaveLength(3)
  const lines = output.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^Tag +order-problem \(id \d+\)$/)
  expect(lines[1]).toMatch(new RegExp(`^Ticket +${references[0]} for order 3`))
  expect(lines[2]).toMatch(new RegExp(`^Again +${references[0]}`))
  const listed = lines.filter((line) => line.startsWith('Listed')).map((line) => line.split(/ +/)[1])
  expect(listed).toEqual(references)
  const refused = lines.filter((line) => line.startsWith('Refused')).map((line) => line.split(/[ :]+/)[1])
  expect(refused.sort()).toEqual(['body_md', 'priority', 'requester.email', 'subject'])
})

test('the example tries again while a service is unavailable', async () => {
  const env = await localEnv(system)
  const [, port] = (env.CATALOG ?? '').split(':')
  let cut = 0
  const proxy = createServer((socket) => {
    if (cut < 3) {
      cut += 1
      socket.destroy()
      return
    }
    const upstream = connect(Number(port), '127.0.0.1')
    for (const end of [socket, upstream]) end.on('error', () => end.destroy())
    socket.pipe(upstream).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const CATALOG = `127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const output = await run(process.execPath, ['consumer.ts', '4'], consumer, { ...env, CATALOG })
  proxy.close()
  expect(cut).toBe(3)
  expect(output).toMatch(/^Tag +order-problem/)
})

test('the first call of the README lists tags', async () => {
  expect(await run(node20, ['dist/first-call.js'], consumer, await localEnv(system))).toContain('vip VIP\n')
})
