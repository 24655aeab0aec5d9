import type { TicketHookRequest } from '@helpdesk/proto/ai'
import { ticketHook } from '@helpdesk/proto/schemas'
import { sentiments } from '@helpdesk/proto/values'
import { z } from 'zod'
import { readTicketAndThread } from '../context/read-ticket.ts'
import { fraction } from '../output/numbers.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import { type Hook, HookFailure } from './hook.ts'

const prompt = readPrompt('sentiment@1')
const output = z.strictObject({
  overall: z.enum(sentiments),
  confidence: z.number(),
  signals: z.array(z.string()),
})

export const sentiment: Hook<TicketHookRequest> = {
  name: 'sentiment',
  schema: ticketHook,
  ticketId: ({ ticket_id }) => ticket_id,
  async prepare(ai, { ticket_id }, call) {
    const options = { tokens: 8_000, publicOnly: true, from: 'requester' }
    const { data, sources } = await readTicketAndThread(ai, ticket_id, call, options)
    if (data.thread.messages.every(({ text }) => text.trim() === '')) throw new HookFailure('no_requester_text')
    return prompt({
      max_tokens: 1_500,
      data,
      output,
      result: ({ overall, confidence, signals }) => ({
        data: {
          $case: 'sentiment',
          value: {
            overall,
            confidence: fraction(confidence),
            signals: signals.slice(0, 5).map((signal) => safeLine(signal, sources, 200)),
          },
        },
      }),
    })
  },
}
