// `npm test`: every check and every test, on real Postgres and NATS. Ends in `N passed, N failed`.

import { spawn } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { startTestBackend } from './backend.ts'

const root = join(import.meta.dirname, '../..')
const totals = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []

for (const file of resultFiles()) rmSync(file)

await check('lint', 'nx', 'run-many', '-t', 'lint', '--output-style=stream')
await check('types', 'nx', 'run-many', '-t', 'typecheck', '--output-style=stream')
await check('generated code', 'npm', 'run', 'gen', '--silent', '--', '--check')
await tests('unit', 'test')
{
  await using backend = await startTestBackend()
  console.log(`Integration tests run on: ${backend.kind}`)
  Object.assign(process.env, backend.env)
  await tests('integration', 'test:int')
}
await tests('end-to-end', 'test:e2e')
await tests('fault', 'test:faults')

// Once more at the end, where whoever reads only that finds them.
for (const failure of failures) console.log(`\nFAILED ${failure}`)
const skipped = totals.skipped ? `, ${totals.skipped} skipped` : ''
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exitCode = totals.failed === 0 ? 0 : 1

async function check(name: string, command: string, ...args: string[]) {
  const code = await run(command, args)
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name}`)
  totals[code === 0 ? 'passed' : 'failed'] += 1
  if (code !== 0) failures.push(name)
}

/** Runs one tier in every project and adds up what vitest reports. A runner that fails without a failed test counts as one. */
async function tests(name: string, target: string) {
  const code = await run('nx', ['run-many', '-t', target, '--output-style=stream'])
  const before = totals.failed
  for (const file of resultFiles(target)) {
    const result = JSON.parse(readFileSync(file, 'utf8'))
    totals.passed += result.numPassedTests
    totals.failed += result.numFailedTests
    totals.skipped += result.numPendingTests + result.numTodoTests
    for (const file of result.testResults) failures.push(...failuresOf(file))
  }
  if (code !== 0 && totals.failed === before) {
    totals.failed += 1
    failures.push(`${name} tests: the runner itself`)
  }
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name} tests`)
}

interface FileResult {
  name: string
  message: string
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
}

/** A file's failed tests with their messages; the file itself when it could not run. */
function failuresOf({ name, message, assertionResults }: FileResult): string[] {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  const told = failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`)
  if (message) told.push(message)
  return told.map((text) => `${relative(root, name)}: ${text.slice(0, 2_000)}`)
}

function resultFiles(target = '*'): string[] {
  const tier = target.replace('test:', '')
  return globSync(`{apps/*,libs/*,tools}/test-results/${tier}.json`, { cwd: root }).map((file) => join(root, file))
}

function run(command: string, args: string[]): Promise<number> {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path, NX_DAEMON: 'false' },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
