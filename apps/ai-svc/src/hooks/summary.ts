import type { TicketHookRequest } from '@helpdesk/proto/ai'
import { ticketHook } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { readTicketAndThread } from '../context/read-ticket.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('summary@1')
const part = z.string().min(1)
const output = z.strictObject({ problem: part, tried: part, done: part, next_step: part })

export const summary: Hook<TicketHookRequest> = {
  name: 'summary',
  schema: ticketHook,
  ticketId: ({ ticket_id }) => ticket_id,
  async prepare(ai, { ticket_id }, call) {
    const { data, sources } = await readTicketAndThread(ai, ticket_id, call, { tokens: 16_000 })
    const line = (text: string) => safeLine(text, sources, 2_000)
    return prompt({
      max_tokens: 2_000,
      data,
      output,
      result: ({ problem, tried, done, next_step }) => ({
        text: [
          `Problem: ${line(problem)}`,
          `Tried: ${line(tried)}`,
          `Done: ${line(done)}`,
          `Next-step: ${line(next_step)}`,
        ].join('\n\n'),
      }),
    })
  },
}
