// Builds dist/: the contract as a package that any service can install, ready for `npm pack` or `npm publish`.

import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
for (const file of globSync('**/*.d.ts', { cwd: dist })) nameBuiltFiles(join(dist, file))
for (const name of ['README.md', 'proto', '../../LICENSE']) copy(name, name.replace('../../', ''))
copy('src/gen/descriptors.binpb', 'gen/descriptors.binpb')
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`)

// tsc rewrites the .ts of relative imports in JavaScript, but leaves it in declarations.
function nameBuiltFiles(file: string) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replaceAll(/((?:from|import\()\s*['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js'))
}

function copy(from: string, to: string) {
  cpSync(join(root, from), join(dist, to), { recursive: true })
}

/** The same subpaths as in the workspace, pointing at what was built. */
function publishedManifest() {
  const { name, version, description, license, type, engines, exports, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const { '@grpc/grpc-js': grpc, ...others } = Object.fromEntries(
    Object.entries<string>(dependencies).map(([dependency, exact]) => [dependency, `^${exact}`]),
  )
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    exports: Object.fromEntries(Object.entries<string>(exports).map(([path, source]) => [path, built(source)])),
    dependencies: others,
    // The caller's own copy: clients refuse credentials that another copy of grpc-js made.
    peerDependencies: { '@grpc/grpc-js': grpc },
  }
}

function built(source: string) {
  const path = source.replace('./src/', './')
  if (!path.endsWith('.ts')) return path
  return { types: path.replace(/\.ts$/, '.d.ts'), default: path.replace(/\.ts$/, '.js') }
}
