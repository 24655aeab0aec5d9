// A stand-in for Anthropic's Messages API: the real SDK talks to it over HTTP, and a test says what it answers.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { goodOutput } from './good-output.ts'

/** What one request asked for. */
export interface MessagesRequest {
  model: string
  max_tokens: number
  system: string
  messages: { role: 'user' | 'assistant'; content: string }[]
  output_config: { format: { type: 'json_schema'; schema: { properties: Record<string, unknown> } } }
}

/** As Anthropic counts. */
export interface MessagesUsage {
  input_tokens: number
  output_tokens: number
}

export interface RecordedRequest {
  path: string
  apiKey: string
  headers: IncomingMessage['headers']
  body: MessagesRequest
  /** What it was charged; unset while, or when, it gets no answer with a usage. */
  usage?: MessagesUsage
}

export type StandInAnswer =
  /** JSON, as a model with structured output answers. */
  | { output: unknown; usage?: MessagesUsage }
  /** Whatever text, whole or broken off (`max_tokens`) or refused (`refusal`). */
  | { text: string; stop_reason?: 'end_turn' | 'max_tokens' | 'refusal'; usage?: MessagesUsage }
  /** An error. Those of a proxy, which are not JSON, have a body. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Takes the request and never answers. */
  | 'stall'
  /** Takes the request and cuts the connection. */
  | 'cut'
  /** Cuts it in the middle of an answer. */
  | 'cut in the body'

export interface AnthropicStandIn extends AsyncDisposable {
  /** ANTHROPIC_BASE_URL */
  url: string
  requests: RecordedRequest[]
  /** Answers of the next requests, each once; after them `respond` answers. */
  script: (...answers: StandInAnswer[]) => void
  /** A good answer to every hook, until a test says otherwise. */
  respond: (request: MessagesRequest) => StandInAnswer
  /** Forgets requests, script and `respond`. */
  reset: () => void
}

// https://platform.claude.com/docs/en/api/errors
const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

export async function startAnthropicStandIn(port = 0): Promise<AnthropicStandIn> {
  const scripted: StandInAnswer[] = []
  const server = createServer(async (request, response) => {
    const recorded = await record(request)
    standIn.requests.push(recorded)
    const answer = scripted.shift() ?? standIn.respond(recorded.body)
    const usage = give(answer, recorded, response)
    if (usage) recorded.usage = usage
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const good = (request: MessagesRequest): StandInAnswer => ({ output: goodOutput(request) })
  const standIn: AnthropicStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    script: (...answers) => void scripted.push(...answers),
    respond: good,
    reset() {
      standIn.requests = []
      scripted.length = 0
      standIn.respond = good
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return standIn
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { headers } = request
  const apiKey = headers.authorization?.replace(/^Bearer /, '') ?? String(headers['x-api-key'] ?? '')
  return { path: request.url ?? '', apiKey, headers, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

/** Answers, and gives what that was charged. */
function give(answer: StandInAnswer, { body }: RecordedRequest, response: ServerResponse): MessagesUsage | undefined {
  if (answer === 'stall') return undefined
  if (answer === 'cut') return void response.destroy()
  if (answer === 'cut in the body') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
    response.write('{"id":"msg_test","type":"message",', () => response.destroy())
    return undefined
  }
  if ('status' in answer) {
    const { status, headers, body: text } = answer
    const error = { type: 'error', error: { type: errorTypes[status] ?? 'api_error', message: 'As the test wants it' } }
    const type = text === undefined ? 'application/json' : 'text/html'
    response.writeHead(status, { 'content-type': type, ...headers }).end(text ?? JSON.stringify(error))
    return undefined
  }
  const text = 'output' in answer ? JSON.stringify(answer.output) : answer.text
  const usage = answer.usage ?? { input_tokens: tokens(JSON.stringify(body)), output_tokens: tokens(text) }
  const message = {
    id: 'msg_test',
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: text ? [{ type: 'text', text }] : [],
    stop_reason: 'output' in answer ? 'end_turn' : (answer.stop_reason ?? 'end_turn'),
    stop_sequence: null,
    usage,
  }
  const headers = { 'content-type': 'application/json', 'request-id': 'req_test' }
  response.writeHead(200, headers).end(JSON.stringify(message))
  return usage
}

const tokens = (text: string) => Math.ceil(text.length / 4)
