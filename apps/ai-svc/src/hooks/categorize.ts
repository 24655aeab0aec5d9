import type { TicketHookRequest } from '@helpdesk/proto/ai'
import { ticketHook } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { listActiveQueues, listActiveTopics } from '../context/list-places.ts'
import { readTicketAndThread } from '../context/read-ticket.ts'
import { fraction } from '../output/numbers.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('categorize@1')
const id = z.number().nullable()
const output = z.strictObject({ help_topic_id: id, queue_id: id, confidence: z.number(), reasoning: z.string() })

export const categorize: Hook<TicketHookRequest> = {
  name: 'categorize',
  schema: ticketHook,
  ticketId: ({ ticket_id }) => ticket_id,
  async prepare(ai, { ticket_id }, call) {
    const [{ data, sources }, help_topics, queues] = await Promise.all([
      readTicketAndThread(ai, ticket_id, call, { tokens: 6_000, publicOnly: true }),
      listActiveTopics(ai, call),
      listActiveQueues(ai, call),
    ])
    const topicIds = help_topics.map(({ help_topic_id }) => help_topic_id)
    const queueIds = queues.map(({ queue_id }) => queue_id)
    return prompt({
      max_tokens: 1_500,
      data: { ...data, help_topics, queues },
      output,
      result: ({ help_topic_id, queue_id, confidence, reasoning }) => ({
        data: {
          $case: 'category',
          value: {
            help_topic_id: oneOf(topicIds, help_topic_id),
            queue_id: oneOf(queueIds, queue_id),
            confidence: fraction(confidence),
            reasoning: safeLine(reasoning, sources, 1_000),
          },
        },
      }),
    })
  },
}

const oneOf = (sent: number[], id: number | null): number | null => sent.find((each) => each === id) ?? null
