import type { HookResponse } from '@helpdesk/proto/ai'
import { Entry } from '@helpdesk/proto/audit'
import { HelpTopic } from '@helpdesk/proto/catalog'
import { Queue } from '@helpdesk/proto/tickets'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestHooks, type TestHooks } from '../testing/hooks.ts'
import { testTicket } from '../testing/peers.ts'

let hooks: TestHooks
beforeAll(async () => {
  hooks = await startTestHooks()
})
beforeEach(() => {
  hooks.model.reset()
  hooks.peers.calls.length = 0
})
afterAll(() => hooks[Symbol.asyncDispose]())

const usage = { input_tokens: 300, output_tokens: 70 }
/** What a hook answers, to the last field, when the model says this. */
const answer = (more: Partial<HookResponse>): HookResponse => ({
  ok: true,
  error: '',
  reason: null,
  usage: { prompt_tokens: 300, completion_tokens: 70, model: 'claude-haiku-4-5-20251001' },
  suggestions: [],
  text: null,
  citations: [],
  data: null,
  ...more,
})

const thread: Parameters<typeof testTicket>[1] = [
  ['requester', 'My parcel has not come.'],
  ['agent', 'I am looking into it.'],
  ['note', 'The customer is a <VIP>.'],
  ['system_event', 'ticket.status_changed'],
  ['requester', 'It is still not here!'],
]
const withTicket = { tickets: [testTicket(1, thread)] }
const texts = () => hooks.asked().data.thread.messages.map(({ text }: { text: string }) => text)

test('three drafts of a reply, from what the requester may see', async () => {
  const tenant = await hooks.tenant(withTicket)
  hooks.model.script({ output: { suggestions: ['One.', 'Two.', 'Three.'] }, usage })
  expect(await tenant.suggest()).toEqual(answer({ suggestions: ['One.', 'Two.', 'Three.'] }))
  expect(texts()).toEqual(['My parcel has not come.', 'I am looking into it.', 'It is still not here!'])
  expect(hooks.asked().system).toContain('write three drafts of the next reply')
})

test('a summary in four parts, of the whole thread', async () => {
  const tenant = await hooks.tenant(withTicket)
  const output = { problem: 'A parcel\n\nis late.', tried: 'Waiting.', done: 'Nothing.', next_step: 'Ask the carrier.' }
  hooks.model.script({ output, usage })
  const text = 'Problem: A parcel is late.\n\nTried: Waiting.\n\nDone: Nothing.\n\nNext-step: Ask the carrier.'
  expect(await tenant.summarize()).toEqual(answer({ text }))
  expect(hooks.asked().data.thread).toEqual({
    messages: [
      { kind: 'reply', from: 'requester', name: 'Fay Example', at: '2026-11-24T10:00:00.000Z', text: thread[0]?.[1] },
      { kind: 'reply', from: 'agent', name: 'Ada Example', at: '2026-11-24T10:01:00.000Z', text: thread[1]?.[1] },
      { kind: 'note', from: 'agent', name: 'Ada Example', at: '2026-11-24T10:02:00.000Z', text: thread[2]?.[1] },
      {
        kind: 'system_event',
        from: 'system',
        at: '2026-11-24T10:03:00.000Z',
        text: '{"event":"ticket.status_changed"}',
      },
      { kind: 'reply', from: 'requester', name: 'Fay Example', at: '2026-11-24T10:04:00.000Z', text: thread[4]?.[1] },
    ],
  })
})

test('a help topic and a queue, of those that are active', async () => {
  const tenant = await hooks.tenant({
    ...withTicket,
    topics: [HelpTopic.fromPartial({ id: 5, name: 'Delivery', queue_id: 7, is_active: true })],
    queues: [
      Queue.fromPartial({ id: 7, name: 'Shipping', is_active: true }),
      Queue.fromPartial({ id: 8, name: 'Old', is_active: false }),
    ],
  })
  const output = { help_topic_id: 5, queue_id: 7, confidence: 0.9, reasoning: 'It is\nabout a parcel.' }
  hooks.model.script({ output, usage })
  const value = { ...output, reasoning: 'It is about a parcel.' }
  expect(await tenant.categorize()).toEqual(answer({ data: { $case: 'category', value } }))
  expect(hooks.asked().data).toMatchObject({
    help_topics: [{ help_topic_id: 5, name: 'Delivery', goes_to_queue: 7 }],
    queues: [{ queue_id: 7, name: 'Shipping', description: '' }],
  })
})

test('topics and queues that were not sent become none, and confidence stays between 0 and 1', async () => {
  const tenant = await hooks.tenant(withTicket)
  const output = { help_topic_id: 5, queue_id: 8, confidence: 7, reasoning: 'A guess.' }
  hooks.model.script({ output, usage })
  const value = { help_topic_id: null, queue_id: null, confidence: 1, reasoning: 'A guess.' }
  expect(await tenant.categorize()).toEqual(answer({ data: { $case: 'category', value } }))
})

test('the mood, from what the requester wrote', async () => {
  const tenant = await hooks.tenant(withTicket)
  const output = { overall: 'frustrated', confidence: -1, signals: ['"still not here!"', '2', '3', '4', '5', '6'] }
  hooks.model.script({ output, usage })
  const value = { overall: 'frustrated', confidence: 0, signals: ['"still not here!"', '2', '3', '4', '5'] }
  expect(await tenant.feel()).toEqual(answer({ data: { $case: 'sentiment', value } }))
  expect(texts()).toEqual(['My parcel has not come.', 'It is still not here!'])
})

test.each([
  ['of agents only', [['agent', 'Hello?'] as [string, string]]],
  ['without a word', [['requester', ' \u200b\n'] as [string, string]]],
])('a thread %s has no mood, and the model is not asked', async (_what, messages) => {
  const tenant = await hooks.tenant({ tickets: [testTicket(1, messages)] })
  expect(await tenant.feel()).toMatchObject({ ok: false, error: 'no_requester_text' })
  expect(hooks.model.requests).toEqual([])
})

test('a prediction, within a year', async () => {
  const tenant = await hooks.tenant(withTicket)
  const output = { eta_hours: 1e9, risk: 'high', next_action: 'Call the carrier.', blockers: ['The carrier.'] }
  hooks.model.script({ output, usage })
  expect(await tenant.predict()).toEqual(
    answer({ data: { $case: 'prediction', value: { ...output, eta_hours: 8_760 } } }),
  )
  expect(Date.parse(hooks.asked().data.now.time)).toBeGreaterThan(Date.now() - 60_000)
})

test('a canned response, with the placeholders that exist', async () => {
  const tenant = await hooks.tenant()
  hooks.model.script({ output: { text: 'Hello {{ requester.first_name }}, {{ticket.reference}} {is} done.' }, usage })
  expect(await tenant.generate('Say that it is done')).toEqual(
    answer({ text: 'Hello {{requester.first_name}}, {{ticket.reference}} is done.' }),
  )
  expect(hooks.asked().data).toMatchObject({ intent: { intent: 'Say that it is done' } })
  expect(hooks.asked().data.placeholders).toContain('agent.first_name')
})

test('a placeholder that does not exist is repaired, or there is no answer', async () => {
  const tenant = await hooks.tenant()
  hooks.model.script({ output: { text: '{{order.id}}' } }, { output: { text: '{{ticket.id}}' } })
  expect(await tenant.generate('Say what')).toMatchObject({ ok: true, text: '{{ticket.id}}' })
  expect(hooks.model.requests[1]?.body.messages[2]?.content).toContain('The only placeholders are requester.first_name')
  hooks.model.script({ output: { text: '{{order.id}}' } }, { output: { text: '{{#ticket.id}}{{/ticket.id}}' } })
  expect(await tenant.generate('Say what')).toMatchObject({ ok: false, error: 'malformed_json' })
})

test('knowledge gaps, counted over tickets that were sent', async () => {
  const tickets = [1, 2, 3].map((id) => testTicket(id, [['requester', `Question ${id}?`]]))
  const tenant = await hooks.tenant({ tickets })
  const gap = { title: 'Delivery', question: 'When does it come?' }
  const gaps = [
    { ...gap, ticket_ids: [1, 3, 3, 99] },
    { ...gap, ticket_ids: [98, 99] },
  ]
  hooks.model.script({ output: { gaps }, usage })
  const value = { gaps: [{ ...gap, ticket_ids: [1, 3], count: 2 }] }
  expect(await tenant.findGaps({ days: 10 })).toEqual(answer({ data: { $case: 'knowledge_gaps', value } }))
  expect(hooks.asked().data.unresolved).toEqual({
    tickets: [1, 2, 3].map((id) => ({ ticket_id: id, subject: 'Where is my parcel?', text: `Question ${id}?` })),
    tickets_left_out: 0,
  })
  const lists = hooks.peers.calls.filter(({ method }) => method === 'listTickets')
  const created_after = expect.toSatisfy((since: Date) => Math.abs(tenDaysAgo() - since.getTime()) < 60_000)
  expect(lists).toMatchObject([
    { request: { status: ['new', 'open', 'pending', 'on_hold'], sort: '-created_at', created_after } },
  ])
})

const tenDaysAgo = () => Date.now() - 10 * 86_400_000

const entries = Array.from({ length: 250 }, (_, index) =>
  Entry.fromPartial({
    id: 250 - index,
    event_id: `evt_${250 - index}`,
    event_key: 'ticket.status_changed',
    actor_kind: 'agent',
    actor_id: '7',
    via: 'api:17',
    resource_type: 'ticket',
    resource_id: '1',
    ticket_id: 1,
    data: { changes: { status: ['open', 'closed'] }, note: 'x'.repeat(1_000) },
  }),
)

test('an answer from the audit log cites entries that were sent, and loses what rests on others', async () => {
  const tenant = await hooks.tenant({ entries })
  const statements = [
    { text: 'Agent 7 closed ticket 1.', entry_ids: [250, 249, 9_999] },
    { text: 'Agent 8 deleted everything.', entry_ids: [9_999, 3] },
    { text: 'And again.', entry_ids: [250] },
    { text: 'Who opened it is not in these entries.', entry_ids: [] },
  ]
  hooks.model.script({ output: { statements }, usage })
  expect(await tenant.askAudit('Who closed ticket 1?')).toEqual(
    answer({
      text: 'Agent 7 closed ticket 1.\nAnd again.\nWho opened it is not in these entries.',
      citations: ['evt_250', 'evt_249'],
    }),
  )
  const { audit_log, question } = hooks.asked().data
  expect(question).toMatchObject({ question: 'Who closed ticket 1?' })
  expect(audit_log).toMatchObject({ older_entries_left_out: 250 - audit_log.entries.length })
  expect(audit_log.entries.length).toBeGreaterThan(100)
  expect(audit_log.entries.length).toBeLessThanOrEqual(200)
  expect(audit_log.entries[0]).toEqual({
    entry_id: 250,
    event: 'ticket.status_changed',
    actor: 'agent:7',
    via: 'api:17',
    resource: 'ticket:1',
    ticket_id: 1,
    data: expect.stringMatching(/^\{"changes":\{"status":\["open","closed"\]\},"note":"x+ \[… \d+ more characters\]$/),
  })
})

test('an audit answer of nothing but made-up entries is asked for again, then given up', async () => {
  const tenant = await hooks.tenant({ entries })
  const made = { output: { statements: [{ text: 'Agent 8 did.', entry_ids: [9_999] }] } }
  hooks.model.script(made, made)
  expect(await tenant.askAudit('Who?')).toMatchObject({ ok: false, error: 'malformed_json' })
})

test('another tenant’s ticket is not found, and the model is not asked', async () => {
  await hooks.tenant(withTicket)
  const stranger = await hooks.tenant()
  for (const ask of [stranger.suggest, stranger.summarize, stranger.categorize, stranger.feel, stranger.predict]) {
    expect(await ask()).toMatchObject({ ok: false, error: 'ticket_not_found' })
  }
  expect(hooks.model.requests).toEqual([])
})

test('peers are asked as the tenant and actor of the call, without its idempotency key', async () => {
  const call = {
    actor: { kind: 'system' as const, id: 'rules' },
    via: 'api:17',
    requestId: 'req_17',
    idempotencyKey: 'k',
  }
  const tenant = await hooks.tenant(withTicket, call)
  await tenant.summarize()
  const { tenantId } = tenant
  const methods = hooks.peers.calls.map(({ method }) => method)
  expect(methods).toEqual(['getTicket', 'listMessages', 'listMessages'])
  for (const { call } of hooks.peers.calls) {
    expect(call).toMatchObject({ tenantId, actor: { kind: 'system', id: 'rules' }, via: 'api:17', requestId: 'req_17' })
    expect(call.idempotencyKey).toBeUndefined()
  }
})

test('a good model’s answer to every hook passes its checks', async () => {
  const tenant = await hooks.tenant({
    ...withTicket,
    topics: [HelpTopic.fromPartial({ id: 5, name: 'Delivery' })],
    queues: [Queue.fromPartial({ id: 7, name: 'Shipping', is_active: true })],
    entries,
  })
  const answers = [
    await tenant.suggest(),
    await tenant.summarize(),
    await tenant.categorize(),
    await tenant.feel(),
    await tenant.predict(),
    await tenant.generate('Say sorry'),
    await tenant.findGaps(),
    await tenant.askAudit('Who closed ticket 1?'),
  ]
  expect(answers).toMatchObject([
    { suggestions: { length: 3 } },
    { text: expect.stringMatching(/^Problem: .+\n\nTried: .+\n\nDone: .+\n\nNext-step: .+$/) },
    { data: { value: { help_topic_id: 5, queue_id: 7 } } },
    { data: { value: { overall: 'frustrated' } } },
    { data: { value: { risk: 'medium' } } },
    { text: expect.stringContaining('{{requester.first_name}}') },
    { data: { value: { gaps: [{ ticket_ids: [1], count: 1 }] } } },
    { citations: ['evt_250'] },
  ])
  expect(hooks.model.requests).toHaveLength(8)
})
