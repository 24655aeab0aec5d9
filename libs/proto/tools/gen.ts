// Generates src/gen from proto/, and the events' documents from both and the event catalogue. With --check it writes
// nothing and fails when they are not what those say.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventDocuments } from './event-docs.ts'

const root = join(import.meta.dirname, '..')
const repository = join(root, '../..')
const target = join(root, 'src/gen')
const fresh = generate()
const documents = eventDocuments(readFileSync(join(fresh, 'documented.binpb')))
try {
  if (process.argv.includes('--check')) check()
  else replace()
} finally {
  rmSync(fresh, { recursive: true })
}

function generate(): string {
  const folder = mkdtempSync(join(root, '.gen-'))
  const buf = (...args: string[]) => execFileSync('buf', args, { cwd: root, stdio: 'inherit' })
  buf('generate', '-o', folder)
  buf('build', '--exclude-source-info', '-o', join(folder, 'src/gen/descriptors.binpb'))
  buf('build', '-o', join(folder, 'documented.binpb'))
  mendStruct(join(folder, 'src/gen/google/protobuf/struct.ts'))
  return folder
}

/**
 * ts-proto 2.18 with useNullAsOptional types Struct.wrap without the null that it passes there, and takes a null in a
 * Struct for a field that is absent: it wrote one as a Value without a kind, which others refuse, and lost it on reading.
 */
function mendStruct(file: string) {
  const mends = [
    ['if (value !== undefined || value !== null) {', 'if (value !== undefined) {'],
    ['if (message.value !== undefined && message.value !== null) {', 'if (message.value !== undefined) {'],
    ['if (entry1.value !== undefined && entry1.value !== null) {', 'if (entry1.value !== undefined) {'],
  ] as const
  let text = readFileSync(file, 'utf8')
  for (const [wrong, right] of mends) {
    if (text.split(wrong).length !== 2) throw new Error(`struct.ts does not hold once: ${wrong}`)
    text = text.replace(wrong, right)
  }
  writeFileSync(file, `// @ts-nocheck\n${text}`)
}

function replace() {
  rmSync(target, { recursive: true, force: true })
  cpSync(join(fresh, 'src/gen'), target, { recursive: true })
  for (const [path, text] of documents) writeFileSync(join(repository, path), text)
}

function check() {
  const made = contents(join(fresh, 'src/gen'))
  const kept = contents(target)
  const stale = [...new Set([...made.keys(), ...kept.keys()])].filter((path) => made.get(path) !== kept.get(path))
  for (const [path, text] of documents) {
    const file = join(repository, path)
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(path)
  }
  if (stale.length === 0) return
  console.error(`These are not what the contract says; run npm run gen:\n${stale.join('\n')}`)
  process.exitCode = 1
}

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((file) => {
      const path = join(file.parentPath, file.name)
      return [path.slice(folder.length + 1), readFileSync(path, 'base64')]
    }),
  )
}
