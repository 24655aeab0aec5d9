import type { FindKnowledgeGapsRequest } from '@helpdesk/proto/ai'
import { findKnowledgeGaps } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { fit } from '../context/data-block.ts'
import { listUnresolved } from '../context/list-unresolved.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('knowledge-gaps@1')
const output = z.strictObject({
  gaps: z.array(
    z.strictObject({ title: z.string().min(1), question: z.string().min(1), ticket_ids: z.array(z.number()) }),
  ),
})
const defaultDays = 30

export const knowledgeGaps: Hook<FindKnowledgeGapsRequest> = {
  name: 'knowledge-gaps',
  schema: findKnowledgeGaps,
  async prepare(ai, { days }, call) {
    const { total, ...listed } = await listUnresolved(ai, days ?? defaultDays, call)
    const tickets = fit(listed.tickets, 30_000)
    const sent = new Set(tickets.map(({ ticket_id }) => ticket_id))
    const sources = tickets.flatMap(({ subject, text }) => [subject, text])
    const real = (ids: number[]) => [...new Set(ids)].filter((id) => sent.has(id))
    return prompt({
      max_tokens: 4_000,
      data: { unresolved: { tickets, tickets_left_out: total - tickets.length } },
      output,
      result: ({ gaps }) => ({
        data: {
          $case: 'knowledge_gaps',
          value: {
            gaps: gaps
              .map(({ title, question, ticket_ids }) => ({
                title: safeLine(title, sources, 200),
                question: safeLine(question, sources, 500),
                ticket_ids: real(ticket_ids),
                count: real(ticket_ids).length,
              }))
              .filter(({ count }) => count > 0)
              .slice(0, 10),
          },
        },
      }),
    })
  },
}
