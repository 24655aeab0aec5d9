import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What the linter says of a file, at this path of the repository, that holds one import. */
function verdict(file: string, specifier: string): 'allowed' | 'refused' {
  const copy = mkdtempSync(join(tmpdir(), 'helpdesk-fence-'))
  try {
    copyFileSync(join(root, 'biome.json'), join(copy, 'biome.json'))
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    writeFileSync(join(copy, file), `import '${specifier}'\n`)
    const args = ['lint', '--only=style/noRestrictedImports', '--vcs-enabled=false', file]
    execFileSync(join(root, 'node_modules/.bin/biome'), args, { cwd: copy, stdio: 'pipe' })
    return 'allowed'
  } catch (error) {
    if (!String((error as { stderr?: Buffer }).stderr).includes('noRestrictedImports')) throw error
    return 'refused'
  } finally {
    rmSync(copy, { recursive: true })
  }
}

test.each([
  ['an app imports another app', 'apps/gateway/src/routes/tags.ts', '@helpdesk/catalog-svc'],
  ['an app reaches into another app by path', 'apps/tickets-svc/src/grpc.ts', '../../catalog-svc/src/grpc.ts'],
  ['a lib imports an app', 'libs/service/src/run.ts', '@helpdesk/gateway/service.ts'],
  ['the contract imports a lib', 'libs/proto/src/errors.ts', '@helpdesk/postgres'],
  ['postgres imports events', 'libs/postgres/src/database.ts', '@helpdesk/events'],
  ['events imports service', 'libs/events/src/relay.ts', '@helpdesk/service'],
  ['service imports postgres', 'libs/service/src/run.ts', '@helpdesk/postgres'],
  ['an app imports nats', 'apps/audit-svc/src/service.ts', 'nats'],
  ['a lib other than events imports nats', 'libs/service/src/run.ts', 'nats'],
  ['an app other than ai-svc imports the Anthropic SDK', 'apps/tickets-svc/src/service.ts', '@anthropic-ai/sdk'],
  ['an app imports grpc-js', 'apps/gateway/src/http/app.ts', '@grpc/grpc-js'],
  ['an app imports OpenTelemetry', 'apps/ai-svc/src/service.ts', '@opentelemetry/api'],
  ['a route of the gateway imports postgres', 'apps/gateway/src/routes/tags.ts', '@helpdesk/postgres'],
  ['a rules file imports I/O', 'apps/tickets-svc/src/tickets/ticket.ts', 'node:fs'],
  ['a rules file imports the database', 'apps/catalog-svc/src/tags/tag.ts', '@helpdesk/postgres'],
])('refused: %s', (_what, file, specifier) => {
  expect(verdict(file, specifier)).toBe('refused')
})

test.each([
  ['apps/catalog-svc/src/service.ts', '@helpdesk/events'],
  ['libs/events/src/bus.ts', 'nats'],
  ['libs/service/src/grpc-server.ts', '@grpc/grpc-js'],
  ['apps/gateway/src/store/tenants.ts', '@helpdesk/postgres'],
  ['apps/ai-svc/src/service.ts', '@anthropic-ai/sdk'],
])('allowed: %s imports %s', (file, specifier) => {
  expect(verdict(file, specifier)).toBe('allowed')
})
