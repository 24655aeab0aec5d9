import type { TicketHookRequest } from '@helpdesk/proto/ai'
import { ticketHook } from '@helpdesk/proto/schemas'
import { resolutionRisks } from '@helpdesk/proto/values'
import { z } from 'zod'
import { readTicketAndThread } from '../context/read-ticket.ts'
import { between } from '../output/numbers.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('resolution-predict@1')
const output = z.strictObject({
  eta_hours: z.number(),
  risk: z.enum(resolutionRisks),
  next_action: z.string().min(1),
  blockers: z.array(z.string()),
})
const hoursInYear = 8_760

export const resolutionPredict: Hook<TicketHookRequest> = {
  name: 'resolution-predict',
  schema: ticketHook,
  ticketId: ({ ticket_id }) => ticket_id,
  async prepare(ai, { ticket_id }, call) {
    const { data, sources } = await readTicketAndThread(ai, ticket_id, call, { tokens: 12_000 })
    return prompt({
      max_tokens: 1_500,
      data: { now: { time: new Date().toISOString() }, ...data },
      output,
      result: ({ eta_hours, risk, next_action, blockers }) => ({
        data: {
          $case: 'prediction',
          value: {
            eta_hours: between(0, eta_hours, hoursInYear),
            risk,
            next_action: safeLine(next_action, sources, 1_000),
            blockers: blockers.slice(0, 5).map((blocker) => safeLine(blocker, sources, 200)),
          },
        },
      }),
    })
  },
}
