import type { GenerateCannedResponseRequest } from '@helpdesk/proto/ai'
import { generateCannedResponse } from '@helpdesk/proto/schemas'
import { cannedResponsePlaceholders } from '@helpdesk/proto/values'
import { z } from 'zod'
import { safeText } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('canned-generate@1')
const known = new Set<string>(cannedResponsePlaceholders)
const placeholder = /\{\{\s*([^{}\s]*)\s*\}\}/g

const output = z.strictObject({
  text: z
    .string()
    .min(1)
    .refine(
      (text) => [...text.matchAll(placeholder)].every(([, name = '']) => known.has(name)),
      `The only placeholders are ${cannedResponsePlaceholders.join(', ')}`,
    ),
})

export const cannedGenerate: Hook<GenerateCannedResponseRequest> = {
  name: 'canned-generate',
  schema: generateCannedResponse,
  async prepare(_ai, { intent }) {
    return prompt({
      max_tokens: 2_000,
      data: { intent: { intent }, placeholders: cannedResponsePlaceholders },
      output,
      result: ({ text }) => ({
        text: onlyPlaceholders(safeText(text.replace(placeholder, '{{$1}}'), [intent], 8_000)),
      }),
    })
  },
}

/** Braces mean something in a template, so none stays that is not of a known placeholder, however they came together. */
const onlyPlaceholders = (text: string) =>
  text.replace(/\{\{([^{}]*)\}\}|[{}]/g, (found, name: string) => (known.has(name) ? found : (name ?? '')))
