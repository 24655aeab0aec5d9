// What the API does with more than it can take, and with clients that do not behave.

import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, clientOf, type System, startSystem } from './system.ts'

let system: System
let api: Client
beforeAll(async () => {
  system = await startSystem()
  api = clientOf(system.local)
})
afterAll(() => system[Symbol.asyncDispose]())

const address = () => {
  const { hostname, port } = new URL(system.local.gateway_url)
  return { host: hostname, port: Number(port) }
}

/** Sends bytes as they are, and gives what comes back until the other side hangs up. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address() }, () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

test('more requests than it can take are refused at once, and it goes on', async () => {
  const agent = new Agent({ maxSockets: 2_000 })
  const get = () =>
    new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
      const path = '/api/v1/helpdesk/tickets?q=parcel'
      const headers = { authorization: `Bearer ${system.local.keys.full}` }
      request({ ...address(), path, headers, agent }, (response) => {
        response.resume()
        response.once('end', () => resolve([response.statusCode, response.headers['retry-after']]))
      })
        .once('error', reject)
        .end()
    })
  const answers = await Promise.all(Array.from({ length: 1_500 }, get))
  agent.destroy()
  expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200, 503]))
  for (const [status, retryAfter] of answers) expect(retryAfter).toBe(status === 503 ? '1' : undefined)
  expect((await api.get('/tickets')).status).toBe(200)
})

test('oversized headers are refused in the envelope', async () => {
  const answer = await sendRaw(`GET /healthz HTTP/1.1\r\nHost: h\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1.1 431 /)
  const { error, request_id } = bodyOf(answer)
  expect(error.code).toBe('payload_too_large')
  expect(answer).toContain(`X-Request-Id: ${request_id}\r\n`)
})

test('what is not HTTP is refused in the envelope', async () => {
  const answer = await sendRaw('Hello!\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 400 /)
  expect(bodyOf(answer).error.code).toBe('invalid_json')
})

test('a client that never ends its request is cut off', async () => {
  const answer = await sendRaw('POST /api/v1/helpdesk/tags HTTP/1.1\r\nHost: h\r\n')
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  expect(bodyOf(answer)).toMatchObject({ error: { code: 'deadline_exceeded', retryable: true } })
})

test('a change whose client has hung up is made whole or not at all', async () => {
  const attempts = Array.from({ length: 30 }, async (_, index) => {
    const signal = AbortSignal.timeout(1 + index)
    const body = JSON.stringify({ slug: `cut-${index}`, name: 'Cut' })
    const headers = { authorization: `Bearer ${system.local.keys.full}`, 'content-type': 'application/json' }
    await fetch(`${system.local.gateway_url}/api/v1/helpdesk/tags`, { method: 'POST', headers, body, signal }).catch(
      () => {},
    )
  })
  await Promise.all(attempts)
  await vi.waitFor(async () => {
    const { body } = await api.get('/tags?limit=100')
    const made = body.data.filter(({ slug }: { slug: string }) => slug.startsWith('cut-'))
    const told = await api.get('/audit?event_key=tag.created&limit=200')
    const audited = told.body.data.filter(({ data }: { data: { slug: string } }) => data.slug.startsWith('cut-'))
    expect(audited).toHaveLength(made.length)
  }, 15_000)
})
