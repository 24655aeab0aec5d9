import { AiServiceService } from '@helpdesk/proto/ai'
import { askAudit, findKnowledgeGaps, generateCannedResponse, ticketHook } from '@helpdesk/proto/schemas'
import type { AiHook } from '@helpdesk/proto/values'
import type { Handlers } from '@helpdesk/service'
import type { z } from 'zod'
import { answerHook } from './answer-hook.ts'
import { HookFailure } from './hooks/hook.ts'
import type { Ai } from './service.ts'
import { getConfig } from './settings/get-config.ts'
import { updateConfig } from './settings/update-config.ts'
import { getUsage } from './usage/get-usage.ts'

const prepare = async () => {
  throw new HookFailure('provider_error', 'unavailable')
}
const hook = (name: AiHook, schema: z.ZodType) => ({ name, schema, prepare })

export const aiHandlers = (ai: Ai): Handlers<AiServiceService> => ({
  suggestReply: answerHook(ai, hook('reply-suggest', ticketHook), AiServiceService.suggestReply),
  summarizeTicket: answerHook(ai, hook('summary', ticketHook), AiServiceService.summarizeTicket),
  categorizeTicket: answerHook(ai, hook('categorize', ticketHook), AiServiceService.categorizeTicket),
  analyzeSentiment: answerHook(ai, hook('sentiment', ticketHook), AiServiceService.analyzeSentiment),
  predictResolution: answerHook(ai, hook('resolution-predict', ticketHook), AiServiceService.predictResolution),
  generateCannedResponse: answerHook(
    ai,
    hook('canned-generate', generateCannedResponse),
    AiServiceService.generateCannedResponse,
  ),
  findKnowledgeGaps: answerHook(ai, hook('knowledge-gaps', findKnowledgeGaps), AiServiceService.findKnowledgeGaps),
  askAudit: answerHook(ai, hook('audit-qa', askAudit), AiServiceService.askAudit),
  getConfig: (request, call) => getConfig(ai, request, call),
  updateConfig: (request, call) => updateConfig(ai, request, call),
  getUsage: (request, call) => getUsage(ai, request, call),
})
