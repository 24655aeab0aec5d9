import type { Json } from './components.ts'
import recorded from './examples.json' with { type: 'json' }

interface Example {
  request: { path?: Record<string, string | number>; query?: Record<string, string>; body?: object }
  response: object
}

/** A request of an operation and the answer that a real system gave; `npm run gen:examples` records them. */
export const exampleOf = (operation: string): Example | undefined =>
  (recorded as Record<string, Example | undefined>)[operation]

/** A value from a query string as its schema has it. */
export function fromQuery(text: string, { type }: Json): unknown {
  if (type === 'array') return text.split(',')
  if (type === 'integer') return Number(text)
  return type === 'boolean' ? text === 'true' : text
}
