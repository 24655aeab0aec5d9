// Generates src/gen from proto/. With --check it writes nothing and fails when src/gen is not what proto/ says.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const target = join(root, 'src/gen')
const fresh = generate()
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
  skipTypeCheck(join(folder, 'src/gen/google/protobuf/struct.ts'))
  return folder
}

// ts-proto 2.18 with useNullAsOptional types Struct.wrap without the null that it passes there.
function skipTypeCheck(file: string) {
  writeFileSync(file, `// @ts-nocheck\n${readFileSync(file, 'utf8')}`)
}

function replace() {
  rmSync(target, { recursive: true, force: true })
  cpSync(join(fresh, 'src/gen'), target, { recursive: true })
}

function check() {
  const made = contents(join(fresh, 'src/gen'))
  const kept = contents(target)
  const stale = [...new Set([...made.keys(), ...kept.keys()])].filter((path) => made.get(path) !== kept.get(path))
  if (stale.length === 0) return
  console.error(`src/gen is not what proto/ says; run npm run gen. Differs:\n${stale.join('\n')}`)
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
