// `npm run gen:examples`: starts a system, tells it the story, and writes the examples of the OpenAPI and AsyncAPI
// documents. Regenerating changes only what the API says.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSystem } from '../../apps/e2e/src/system.ts'
import { root } from '../stack/local-file.ts'
import { recordStory, startStoryModel } from './record.ts'

const files = {
  examples: join(root, 'apps/gateway/src/openapi/examples.json'),
  events: join(root, 'libs/proto/samples/events.json'),
}
await using anthropic = await startStoryModel()
await using system = await startSystem({ env: { ANTHROPIC_BASE_URL: anthropic.url } })
const { examples, events } = await recordStory(system.local)
write(files.examples, examples)
write(files.events, Object.fromEntries(events.map((event) => [event.type, event]).reverse()))
execFileSync('biome', ['format', '--write', ...Object.values(files)], { cwd: root, stdio: 'inherit' })

/** Sorted by name, so that the story's order does not show. */
function write(file: string, byName: Record<string, unknown>): void {
  const sorted = Object.fromEntries(Object.entries(byName).sort(([a], [b]) => a.localeCompare(b)))
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
}
