import type { HookResponse } from '@helpdesk/proto/ai'
import { errorCodes, HelpdeskError } from '@helpdesk/proto/errors'
import { askAudit, findKnowledgeGaps, generateCannedResponse, id, ticketHook } from '@helpdesk/proto/schemas'
import { aiHookErrors, aiHookReasons, resolutionRisks, type Scope, sentiments } from '@helpdesk/proto/values'
import type { OutgoingCall } from '@helpdesk/service'
import { z } from 'zod'
import { number } from '../http/query.ts'
import { type Route, type RouteInput, route, type Services } from '../http/route.ts'
import { requestId } from './resources.ts'

const failure = z
  .strictObject({
    ok: z.literal(false),
    error: z.enum(aiHookErrors),
    reason: z.enum(aiHookReasons).optional(),
    request_id: requestId,
  })
  .meta({ id: 'HookFailure' })

const usage = z
  .strictObject({ prompt_tokens: z.int(), completion_tokens: z.int(), model: z.string() })
  .describe('What all requests to Anthropic for this answer used together.')
  .meta({ id: 'TokenUsage' })

const confidence = z.number().min(0).max(1)

const suggestions = { suggestions: z.array(z.string()).length(3).describe('Drafts in Markdown.') }
const text = { text: z.string() }
const category = {
  data: z.strictObject({
    help_topic_id: id.nullable(),
    queue_id: id.nullable(),
    confidence,
    reasoning: z.string(),
  }),
}
const sentiment = {
  data: z.strictObject({ overall: z.enum(sentiments), confidence, signals: z.array(z.string()) }),
}
const prediction = {
  data: z.strictObject({
    eta_hours: z.number().describe('From now.'),
    risk: z.enum(resolutionRisks).describe('That it takes longer.'),
    next_action: z.string(),
    blockers: z.array(z.string()),
  }),
}
const gap = z.strictObject({
  title: z.string(),
  question: z.string(),
  ticket_ids: z.array(id),
  count: z.int().describe('How many tickets.'),
})
const knowledgeGaps = { data: z.strictObject({ gaps: z.array(gap) }) }
const citedText = { ...text, citations: z.array(z.string()).describe('Ids of events in the audit log.') }

/** A hook's route but its body: what it answers is `shape`, of the fields of the RPC's response. */
interface Hook {
  path: string
  scope: Scope
  operation: string
  summary: string
  method: string
  shape: z.ZodRawShape
}

const described = ({ method, shape, ...hook }: Hook) => ({
  ...hook,
  description: 'Answers 200 when it has no answer, too: `ok` is false, and `error` and `reason` say why.',
  rpc: `helpdesk.ai.v1.AiService/${method}`,
  envelope: 'hook' as const,
  response: z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), ...shape, usage, request_id: requestId }),
    failure,
  ]),
})

interface PostHook<Body extends z.ZodType> extends Hook {
  body: Body
  ask: (services: Services, body: z.infer<Body>, call: OutgoingCall) => Promise<HookResponse>
}

const repeats = `A repeat under the same Idempotency-Key costs nothing and gets the same answer; a call that failed on its
way is made anew.`

const postHook = <Body extends z.ZodType>({ body, ask, ...hook }: PostHook<Body>): Route => {
  const { description, ...common } = described(hook)
  return route({
    ...common,
    description: `${description} ${repeats}`,
    method: 'post',
    body,
    handle: (services, { body }: RouteInput<unknown, z.infer<Body>>, call) =>
      answerOf(ask(services, body, call), hook.shape),
  })
}

/** A hook never fails: what the gateway sees of a service that is away becomes an answer too. */
async function answerOf(asked: Promise<HookResponse>, shape: z.ZodRawShape): Promise<object> {
  try {
    const { ok, error, reason, usage, data, ...fields } = await asked
    if (!ok) return { ok, error, ...(reason && { reason }) }
    const told = Object.entries({ ...fields, data: data?.value }).filter(([field]) => field in shape)
    return { ok, ...Object.fromEntries(told), usage }
  } catch (thrown) {
    if (thrown instanceof HelpdeskError && errorCodes[thrown.code].http < 500) throw thrown
    return { ok: false, error: 'provider_error', reason: 'unavailable' }
  }
}

export const aiHookRoutes = [
  postHook({
    path: '/ai/reply-suggest',
    scope: 'helpdesk:write',
    operation: 'suggestReply',
    summary: 'Suggest three replies to a ticket',
    method: 'SuggestReply',
    shape: suggestions,
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.suggestReply(body, call),
  }),
  postHook({
    path: '/ai/summary',
    scope: 'helpdesk:read',
    operation: 'summarizeTicket',
    summary: 'Summarize a ticket: Problem / Tried / Done / Next-step',
    method: 'SummarizeTicket',
    shape: text,
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.summarizeTicket(body, call),
  }),
  postHook({
    path: '/ai/categorize',
    scope: 'helpdesk:write',
    operation: 'categorizeTicket',
    summary: 'Find the help topic and queue of a ticket',
    method: 'CategorizeTicket',
    shape: category,
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.categorizeTicket(body, call),
  }),
  postHook({
    path: '/ai/sentiment',
    scope: 'helpdesk:read',
    operation: 'analyzeSentiment',
    summary: "Read the requester's mood",
    method: 'AnalyzeSentiment',
    shape: sentiment,
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.analyzeSentiment(body, call),
  }),
  postHook({
    path: '/ai/resolution-predict',
    scope: 'helpdesk:read',
    operation: 'predictResolution',
    summary: 'Predict when and how a ticket will be resolved',
    method: 'PredictResolution',
    shape: prediction,
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.predictResolution(body, call),
  }),
  postHook({
    path: '/ai/canned-generate',
    scope: 'helpdesk:write',
    operation: 'generateCannedResponse',
    summary: 'Write a canned response from an intent',
    method: 'GenerateCannedResponse',
    shape: text,
    body: generateCannedResponse,
    ask: ({ ai }, body, call) => ai.generateCannedResponse(body, call),
  }),
  route({
    ...described({
      path: '/ai/knowledge-gaps',
      scope: 'helpdesk:admin',
      operation: 'findKnowledgeGaps',
      summary: 'Find questions that keep coming back unanswered',
      method: 'FindKnowledgeGaps',
      shape: knowledgeGaps,
    }),
    method: 'get',
    query: z.strictObject({ days: number(findKnowledgeGaps.shape.days.unwrap().unwrap()).optional() }),
    handle: ({ ai }, { query }, call) => answerOf(ai.findKnowledgeGaps(query, call), knowledgeGaps),
  }),
  postHook({
    path: '/ai/audit-qa',
    scope: 'helpdesk:admin',
    operation: 'askAudit',
    summary: 'Ask the audit log',
    method: 'AskAudit',
    shape: citedText,
    body: askAudit,
    ask: ({ ai }, body, call) => ai.askAudit(body, call),
  }),
]
