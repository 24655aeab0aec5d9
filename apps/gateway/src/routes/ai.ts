import type { HookResponse } from '@helpdesk/proto/ai'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { askAudit, findKnowledgeGaps, generateCannedResponse, ticketHook } from '@helpdesk/proto/schemas'
import type { Scope } from '@helpdesk/proto/values'
import type { OutgoingCall } from '@helpdesk/service'
import { z } from 'zod'
import { number } from '../http/query.ts'
import { type Route, type RouteInput, route, type Services } from '../http/route.ts'

const hookAnswer = z
  .strictObject({ ok: z.boolean(), error: z.string().optional(), reason: z.string().optional() })
  .meta({ id: 'HookAnswer' })

interface Hook<Body extends z.ZodType> {
  path: string
  scope: Scope
  operation: string
  summary: string
  method: string
  body: Body
  ask: (services: Services, body: z.infer<Body>, call: OutgoingCall) => Promise<HookResponse>
}

const postHook = <Body extends z.ZodType>({ method, ask, ...hook }: Hook<Body>): Route =>
  route({
    ...hook,
    method: 'post',
    rpc: `helpdesk.ai.v1.AiService/${method}`,
    envelope: 'hook',
    response: hookAnswer,
    handle: (services, { body }: RouteInput<unknown, z.infer<Body>>, call) => answerOf(ask(services, body, call)),
  })

/** A hook never fails: what the gateway sees of a service that is away becomes an answer too. */
async function answerOf(asked: Promise<HookResponse>): Promise<object> {
  try {
    const { ok, error, reason } = await asked
    return ok ? { ok } : { ok, error, ...(reason && { reason }) }
  } catch (thrown) {
    if (thrown instanceof HelpdeskError && (thrown.code === 'unavailable' || thrown.code === 'deadline_exceeded')) {
      return { ok: false, error: 'provider_error', reason: 'unavailable' }
    }
    throw thrown
  }
}

export const aiRoutes = [
  postHook({
    path: '/ai/reply-suggest',
    scope: 'helpdesk:write',
    operation: 'suggestReply',
    summary: 'Suggest three replies to a ticket',
    method: 'SuggestReply',
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.suggestReply(body, call),
  }),
  postHook({
    path: '/ai/summary',
    scope: 'helpdesk:read',
    operation: 'summarizeTicket',
    summary: 'Summarize a ticket: Problem / Tried / Done / Next-step',
    method: 'SummarizeTicket',
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.summarizeTicket(body, call),
  }),
  postHook({
    path: '/ai/categorize',
    scope: 'helpdesk:write',
    operation: 'categorizeTicket',
    summary: 'Find the help topic and queue of a ticket',
    method: 'CategorizeTicket',
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.categorizeTicket(body, call),
  }),
  postHook({
    path: '/ai/sentiment',
    scope: 'helpdesk:read',
    operation: 'analyzeSentiment',
    summary: "Read the requester's mood",
    method: 'AnalyzeSentiment',
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.analyzeSentiment(body, call),
  }),
  postHook({
    path: '/ai/resolution-predict',
    scope: 'helpdesk:read',
    operation: 'predictResolution',
    summary: 'Predict when and how a ticket will be resolved',
    method: 'PredictResolution',
    body: ticketHook,
    ask: ({ ai }, body, call) => ai.predictResolution(body, call),
  }),
  postHook({
    path: '/ai/canned-generate',
    scope: 'helpdesk:write',
    operation: 'generateCannedResponse',
    summary: 'Write a canned response from an intent',
    method: 'GenerateCannedResponse',
    body: generateCannedResponse,
    ask: ({ ai }, body, call) => ai.generateCannedResponse(body, call),
  }),
  route({
    method: 'get',
    path: '/ai/knowledge-gaps',
    scope: 'helpdesk:admin',
    operation: 'findKnowledgeGaps',
    summary: 'Find questions that keep coming back unanswered',
    rpc: 'helpdesk.ai.v1.AiService/FindKnowledgeGaps',
    query: z.strictObject({ days: number(findKnowledgeGaps.shape.days.unwrap().unwrap()).optional() }),
    envelope: 'hook',
    response: hookAnswer,
    handle: ({ ai }, { query }, call) => answerOf(ai.findKnowledgeGaps(query, call)),
  }),
  postHook({
    path: '/ai/audit-qa',
    scope: 'helpdesk:admin',
    operation: 'askAudit',
    summary: 'Ask the audit log',
    method: 'AskAudit',
    body: askAudit,
    ask: ({ ai }, body, call) => ai.askAudit(body, call),
  }),
]
