import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { dataBlock } from '../context/data-block.ts'
import type { HookResult, Prompt } from '../hooks/hook.ts'

interface Question<Output> {
  max_tokens: number
  /** What the model is shown, by name; nothing else of the tenant's reaches it. */
  data: Record<string, object>
  output: z.ZodType<Output>
  result: (output: Output) => HookResult
}

const read = (name: string) => readFileSync(join(import.meta.dirname, `${name}.txt`), 'utf8').trim()
const rules = read('rules@1')

/**
 * Reads a prompt file and gives what makes a prompt of it and one call's data. The file never changes once it was
 * released, nor do the rules that stand before each: a change is a new version.
 */
export function readPrompt(version: string) {
  const system = `${rules}\n\n${read(version)}`
  return <Output>({ data, result, ...question }: Question<Output>): Prompt => ({
    version,
    system,
    user: Object.entries(data)
      .map(([name, value]) => dataBlock(name, value))
      .join('\n'),
    ...question,
    // The output was checked against its own schema by then.
    result: (output) => result(output as Output),
  })
}
