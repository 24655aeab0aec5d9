import type { TicketHookRequest } from '@helpdesk/proto/ai'
import { ticketHook } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { readTicketAndThread } from '../context/read-ticket.ts'
import { safeText } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('reply-suggest@1')
const output = z.strictObject({ suggestions: z.array(z.string().min(1)).length(3) })

/** Drafts go to the requester, so the model sees only what the requester may see: no notes, no system events. */
export const replySuggest: Hook<TicketHookRequest> = {
  name: 'reply-suggest',
  schema: ticketHook,
  ticketId: ({ ticket_id }) => ticket_id,
  async prepare(ai, { ticket_id }, call) {
    const { data, sources } = await readTicketAndThread(ai, ticket_id, call, { tokens: 12_000, publicOnly: true })
    return prompt({
      max_tokens: 3_000,
      data,
      output,
      result: ({ suggestions }) => ({ suggestions: suggestions.map((draft) => safeText(draft, sources, 8_000)) }),
    })
  },
}
