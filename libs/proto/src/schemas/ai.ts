import { z } from 'zod'
import { id, text } from './fields.ts'

export const ticketHook = z.strictObject({ ticket_id: id })

export const generateCannedResponse = z.strictObject({ intent: text(2000) })

export const findKnowledgeGaps = z.strictObject({ days: z.int().min(1).max(365).nullish() })

export const askAudit = z.strictObject({ question: text(2000) })
