import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import {
  type AnthropicStandIn,
  type StandInAnswer,
  startAnthropicStandIn,
} from '../../../../tools/anthropic/stand-in.ts'
import { freePort } from '../../../../tools/backend/processes.ts'
import type { Prompt } from '../hooks/hook.ts'
import { type AttemptOptions, attempt } from './attempt.ts'

let standIn: AnthropicStandIn
beforeAll(async () => {
  standIn = await startAnthropicStandIn()
})
beforeEach(() => standIn.reset())
afterAll(() => standIn[Symbol.asyncDispose]())

const output = z.strictObject({ overall: z.enum(['happy', 'angry']), signals: z.array(z.string()).max(3) })
const prompt: Prompt = {
  version: 'test@1',
  system: 'Say how they feel.',
  user: 'They wrote: hello',
  max_tokens: 100,
  output,
  result: () => ({}),
}
const ask = (more: Partial<AttemptOptions> = {}) =>
  attempt({
    apiKey: 'sk-ant-test',
    baseUrl: standIn.url,
    model: 'claude-haiku-4-5-20251001',
    prompt,
    signal: AbortSignal.timeout(15_000),
    ...more,
  })
const usage = { input_tokens: 11, output_tokens: 7 }
const failure = (reason: string, charged: unknown, more: object = {}) => ({
  outcome: 'failed',
  error: 'provider_error',
  reason,
  charged,
  retryable: false,
  retry_after_ms: 0,
  ...more,
})

test('one request goes out under the key, with the prompt, its limit and the schema of its answer', async () => {
  standIn.script({ output: { overall: 'happy', signals: [] }, usage })
  expect(await ask()).toEqual({
    outcome: 'answered',
    text: '{"overall":"happy","signals":[]}',
    prompt_tokens: 11,
    completion_tokens: 7,
  })
  expect(standIn.requests).toMatchObject([{ path: '/v1/messages', apiKey: 'sk-ant-test', usage }])
  expect(standIn.requests[0]?.body).toEqual({
    model: 'claude-haiku-4-5-20251001',
    max_tokens: 100,
    system: 'Say how they feel.',
    messages: [{ role: 'user', content: 'They wrote: hello' }],
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            overall: { enum: ['happy', 'angry'] },
            signals: { type: 'array', items: { $ref: '#/$defs/__schema0' }, description: '{maxItems: 3}' },
          },
          $defs: { __schema0: { type: 'string' } },
          required: ['overall', 'signals'],
          additionalProperties: false,
        },
      },
    },
  })
})

test('a repair shows the model its answer and what was wrong with it', async () => {
  standIn.script({ output: {} }, { output: {} })
  await ask({ repair: { text: ' {"overall":"sad"} ', problem: 'overall: not happy' } })
  expect(standIn.requests[0]?.body.messages).toEqual([
    { role: 'user', content: 'They wrote: hello' },
    { role: 'assistant', content: '{"overall":"sad"}' },
    { role: 'user', content: expect.stringContaining('overall: not happy') },
  ])
  await ask({ repair: { text: '\n', problem: 'no JSON' } })
  expect(standIn.requests[1]?.body.messages.map(({ role }) => role)).toEqual(['user', 'user'])
})

test('prose, and an answer broken off, come back as text, for whoever checks them', async () => {
  standIn.script({ text: 'Happy, I think.', usage }, { text: '{"overall":"ha', stop_reason: 'max_tokens', usage })
  expect(await ask()).toMatchObject({ outcome: 'answered', text: 'Happy, I think.', completion_tokens: 7 })
  expect(await ask()).toMatchObject({ outcome: 'answered', text: '{"overall":"ha', completion_tokens: 7 })
})

test('a refusal costs what Anthropic counted', async () => {
  standIn.script({ text: '', stop_reason: 'refusal', usage })
  expect(await ask()).toEqual(failure('refused', { prompt_tokens: 11, completion_tokens: 7 }))
})

const again = { retryable: true }
test.each<[string, StandInAnswer, ReturnType<typeof failure>]>([
  ['a key that is not known', { status: 401 }, failure('key_rejected', 'nothing', { error: 'no_key' })],
  ['a key without the right', { status: 403 }, failure('key_rejected', 'nothing', { error: 'no_key' })],
  ['a bad request', { status: 400 }, failure('bad_request', 'nothing')],
  ['an unknown model', { status: 404 }, failure('bad_request', 'nothing')],
  ['a request too large', { status: 413 }, failure('bad_request', 'nothing')],
  [
    'too many requests',
    { status: 429, headers: { 'retry-after': '3' } },
    failure('rate_limited', 'nothing', { retryable: true, retry_after_ms: 3_000 }),
  ],
  [
    'too many requests for good',
    { status: 429, headers: { 'x-should-retry': 'false' } },
    failure('rate_limited', 'nothing'),
  ],
  ['too much load', { status: 529 }, failure('overloaded', 'nothing', again)],
  ['an internal error', { status: 500 }, failure('unavailable', 'unknown', again)],
  ["a proxy's own page", { status: 502, body: '<h1>Bad gateway</h1>' }, failure('unavailable', 'unknown', again)],
  ['a time-out there', { status: 504 }, failure('timeout', 'unknown')],
  ['a page where an answer should be', { status: 200, body: '<h1>Hello</h1>' }, failure('network', 'unknown')],
  ['a cut before the answer', 'cut', failure('network', 'unknown', again)],
  ['a cut in the answer', 'cut in the body', failure('network', 'unknown', again)],
  ['a redirect', { status: 307, headers: { location: '/elsewhere' } }, failure('network', 'unknown', again)],
])('%s', async (_what, answer, expected) => {
  standIn.script(answer)
  expect(await ask()).toEqual(expected)
  expect(standIn.requests).toHaveLength(1)
})

test('a Retry-After may be a date', async () => {
  standIn.script({ status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } })
  const answer = await ask()
  expect(answer).toMatchObject({ reason: 'rate_limited' })
  const wait = 'retry_after_ms' in answer ? answer.retry_after_ms : 0
  expect(wait).toBeGreaterThan(30_000)
  expect(wait).toBeLessThanOrEqual(60_000)
})

test('where nobody listens, and where no name is found, nothing was sent', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`
  expect(await ask({ baseUrl: nowhere })).toEqual(failure('network', 'nothing', again))
  expect(await ask({ baseUrl: 'http://helpdesk.invalid' })).toEqual(failure('network', 'nothing', again))
})

test('a caller who leaves ends the request, and what it cost stays unknown', async () => {
  standIn.script('stall')
  const caller = new AbortController()
  const answer = ask({ signal: caller.signal })
  await vi.waitFor(() => expect(standIn.requests).toHaveLength(1), 15_000)
  caller.abort()
  expect(await answer).toEqual(failure('timeout', 'unknown'))
})

test('neither key nor text is written anywhere, whatever the variables of the SDK say', async () => {
  vi.stubEnv('ANTHROPIC_LOG', 'debug')
  const written = ['log', 'info', 'debug', 'warn', 'error'].map((method) => vi.spyOn(console, method as 'log'))
  try {
    standIn.script({ output: {} }, { status: 400 })
    await ask()
    await ask()
    for (const method of written) expect(method).not.toHaveBeenCalled()
  } finally {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  }
})
