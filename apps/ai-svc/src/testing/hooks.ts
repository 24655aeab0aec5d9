import type { FindKnowledgeGapsRequest } from '@helpdesk/proto/ai'
import type { OutgoingCall } from '@helpdesk/service'
import { callFor, startTestAi } from './ai.ts'
import { startPeers, type TestRows } from './peers.ts'
import { tenantsOf } from './tenants.ts'

/** The real service between peers that know what a test gives them and a model that says what a test has it say. */
export async function startTestHooks() {
  await using resources = new AsyncDisposableStack()
  const peers = resources.use(await startPeers())
  const ai = resources.use(await startTestAi(peers.env))
  const newTenant = tenantsOf(() => ai)
  const opened = resources.move()
  return {
    ai,
    peers,
    model: ai.anthropic,

    /** A tenant of these rows, and its hooks, each about ticket 1. */
    async tenant(rows: Partial<TestRows> = {}, more: Partial<OutgoingCall> = {}) {
      const { tenantId } = await newTenant()
      peers.give(tenantId, rows)
      const call = callFor(tenantId, more)
      const ticket = { ticket_id: 1 }
      return {
        tenantId,
        suggest: () => ai.client.suggestReply(ticket, call),
        summarize: () => ai.client.summarizeTicket(ticket, call),
        categorize: () => ai.client.categorizeTicket(ticket, call),
        feel: () => ai.client.analyzeSentiment(ticket, call),
        predict: () => ai.client.predictResolution(ticket, call),
        generate: (intent: string) => ai.client.generateCannedResponse({ intent }, call),
        findGaps: (request: FindKnowledgeGapsRequest = {}) => ai.client.findKnowledgeGaps(request, call),
        askAudit: (question: string) => ai.client.askAudit({ question }, call),
      }
    },

    /** The last request that the model got. */
    asked() {
      const body = ai.anthropic.requests.at(-1)?.body
      if (!body) throw new Error('The model was not asked')
      const [{ content: user } = { content: '' }] = body.messages
      const blocks = [...user.matchAll(/^<data name="(\w+)">\n(.*)\n<\/data>$/gm)]
      return { ...body, user, data: Object.fromEntries(blocks.map(([, name, json]) => [name, JSON.parse(json ?? '')])) }
    },

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export type TestHooks = Awaited<ReturnType<typeof startTestHooks>>
