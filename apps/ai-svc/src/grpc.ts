import type { AiServiceService, HookResponse } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import { askAudit, findKnowledgeGaps, generateCannedResponse, ticketHook, validate } from '@helpdesk/proto/schemas'
import type { Handlers } from '@helpdesk/service'
import { passGate } from './gate.ts'
import type { Ai } from './service.ts'

export const aiHandlers = (ai: Ai): Handlers<AiServiceService> => {
  const hook =
    (schema: Parameters<typeof validate>[0]) =>
    async (request: object, call: Call): Promise<HookResponse> => {
      validate(schema, request)
      return passGate(ai, call)
    }
  return {
    suggestReply: hook(ticketHook),
    summarizeTicket: hook(ticketHook),
    categorizeTicket: hook(ticketHook),
    analyzeSentiment: hook(ticketHook),
    predictResolution: hook(ticketHook),
    generateCannedResponse: hook(generateCannedResponse),
    findKnowledgeGaps: hook(findKnowledgeGaps),
    askAudit: hook(askAudit),
  }
}
