import { FindKnowledgeGapsRequest } from '@helpdesk/proto/ai'
import type { DomainEvent } from '@helpdesk/proto/events'
import type { Plan } from '@helpdesk/proto/values'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callFor, startTestAi } from './testing/ai.ts'

let ai: Awaited<ReturnType<typeof startTestAi>>
beforeAll(async () => {
  ai = await startTestAi()
})
afterAll(() => ai[Symbol.asyncDispose]())

const noKey = { ok: false, error: 'gate_blocked', reason: 'no_key' }
const wrongPlan = { ok: false, error: 'gate_blocked', reason: 'plan' }
const summarize = (tenantId: number) => ai.client.summarizeTicket({ ticket_id: 1 }, callFor(tenantId))

test('without an Anthropic key no hook answers', async () => {
  const ticket = { ticket_id: 1 }
  const answers = [
    ai.client.suggestReply(ticket, callFor(1)),
    ai.client.summarizeTicket(ticket, callFor(1)),
    ai.client.categorizeTicket(ticket, callFor(1)),
    ai.client.analyzeSentiment(ticket, callFor(1)),
    ai.client.predictResolution(ticket, callFor(1)),
    ai.client.generateCannedResponse({ intent: 'Say sorry' }, callFor(1)),
    ai.client.findKnowledgeGaps(FindKnowledgeGapsRequest.fromPartial({}), callFor(1)),
    ai.client.askAudit({ question: 'Who closed ticket 1?' }, callFor(1)),
  ]
  expect(await Promise.all(answers)).toMatchObject(answers.map(() => noKey))
})

test('the starter plan has no hooks, until the tenant changes it', async () => {
  await ai.publish(planEvent(2, 'starter', 1))
  await vi.waitFor(async () => expect(await summarize(2)).toMatchObject(wrongPlan), 15_000)
  await ai.publish(planEvent(2, 'pro', 2))
  await vi.waitFor(async () => expect(await summarize(2)).toMatchObject(noKey), 15_000)
})

test('a late event does not bring an old plan back', async () => {
  await ai.publish(planEvent(3, 'starter', 5), planEvent(3, 'pro', 4), planEvent(4, 'starter', 1))
  // The events come in order: when tenant 4 is known, all of tenant 3's have been handled.
  await vi.waitFor(async () => expect(await summarize(4)).toMatchObject(wrongPlan), 15_000)
  expect(await summarize(3)).toMatchObject(wrongPlan)
})

test('a malformed request is refused before the gate', async () => {
  const attempts: [() => Promise<unknown>, string][] = [
    [() => ai.client.suggestReply({ ticket_id: 0 }, callFor(1)), 'ticket_id'],
    [() => ai.client.generateCannedResponse({ intent: '' }, callFor(1)), 'intent'],
    [() => ai.client.findKnowledgeGaps({ days: 366 }, callFor(1)), 'days'],
    [() => ai.client.askAudit({ question: 'x'.repeat(2_001) }, callFor(1)), 'question'],
  ]
  for (const [attempt, path] of attempts) {
    await expect(attempt()).rejects.toMatchObject({ code: 'validation_failed', fields: [{ path }] })
  }
})

test('the service says that it is ready', async () => {
  await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${ai.healthPort}/readyz`)
    expect(await response.json()).toMatchObject({ checks: { database: 'ok', nats: 'ok' } })
  }, 15_000)
})

const planEvent = (tenantId: number, plan: Plan, version: number): DomainEvent => ({
  specversion: '1.0',
  id: `evt_${tenantId}_${version}`,
  type: 'tenant.updated',
  source: '/helpdesk/gateway',
  subject: `tenants/${tenantId}`,
  time: '2026-11-24T10:00:00.123Z',
  datacontenttype: 'application/json',
  tenantid: tenantId,
  actorkind: 'system',
  actorid: 'admin-cli',
  via: '',
  requestid: 'req_test',
  data: { tenant_id: tenantId, slug: 'acme', name: 'Acme', plan, is_test: false, changes: {}, version },
})
