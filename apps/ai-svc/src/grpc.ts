import { AiServiceService } from '@helpdesk/proto/ai'
import type { Handlers } from '@helpdesk/service'
import { answerHook } from './answer-hook.ts'
import { auditQa } from './hooks/audit-qa.ts'
import { cannedGenerate } from './hooks/canned-generate.ts'
import { categorize } from './hooks/categorize.ts'
import { knowledgeGaps } from './hooks/knowledge-gaps.ts'
import { replySuggest } from './hooks/reply-suggest.ts'
import { resolutionPredict } from './hooks/resolution-predict.ts'
import { sentiment } from './hooks/sentiment.ts'
import { summary } from './hooks/summary.ts'
import type { Ai } from './service.ts'
import { getConfig } from './settings/get-config.ts'
import { updateConfig } from './settings/update-config.ts'
import { getUsage } from './usage/get-usage.ts'

export const aiHandlers = (ai: Ai): Handlers<AiServiceService> => ({
  suggestReply: answerHook(ai, replySuggest, AiServiceService.suggestReply),
  summarizeTicket: answerHook(ai, summary, AiServiceService.summarizeTicket),
  categorizeTicket: answerHook(ai, categorize, AiServiceService.categorizeTicket),
  analyzeSentiment: answerHook(ai, sentiment, AiServiceService.analyzeSentiment),
  predictResolution: answerHook(ai, resolutionPredict, AiServiceService.predictResolution),
  generateCannedResponse: answerHook(ai, cannedGenerate, AiServiceService.generateCannedResponse),
  findKnowledgeGaps: answerHook(ai, knowledgeGaps, AiServiceService.findKnowledgeGaps),
  askAudit: answerHook(ai, auditQa, AiServiceService.askAudit),
  getConfig: (request, call) => getConfig(ai, request, call),
  updateConfig: (request, call) => updateConfig(ai, request, call),
  getUsage: (request, call) => getUsage(ai, request, call),
})
