// What an OpenTelemetry collector is sent.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Client, clientOf, type System, startSystem } from './system.ts'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: object }[]
}
interface Export {
  resourceSpans: { resource: { attributes: object[] }; scopeSpans: { spans: Span[] }[] }[]
}

const exports: Export[] = []
const spansOf = (traceId: string) =>
  exports
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .filter((span) => span.traceId === traceId)

const collector = createServer(async (request, response) => {
  exports.push((await json(request)) as Export)
  response.setHeader('content-type', 'application/json').end('{}')
})
let system: System
let api: Client
beforeAll(async () => {
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  system = await startSystem({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } })
  api = clientOf(system.local)
})
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  collector.close()
})

const clientSpan = '00f067aa0ba902b7'
const ticket = {
  subject: 'A subject like no other',
  body_md: 'A body like no other',
  requester: { email: 'tess@example.org' },
}

test('a request is one trace from the client through gateway and service to the event', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const created = await api.post('/tickets', ticket, { headers: { traceparent: `00-${traceId}-${clientSpan}-01` } })
  expect(created.status).toBe(201)

  const rpc = 'helpdesk.tickets.v1.TicketsService/CreateTicket'
  await vi.waitFor(() => expect(spansOf(traceId).length).toBeGreaterThanOrEqual(3), 15_000)
  const spans = spansOf(traceId)
  const request = spans.find(({ name }) => name === 'POST /api/v1/helpdesk/tickets')
  const causedBy = (cause: Span | undefined) =>
    spans.find(({ name, parentSpanId }) => name === rpc && parentSpanId === cause?.spanId)
  const outgoing = causedBy(request)
  const incoming = causedBy(outgoing)
  expect(request).toMatchObject({
    parentSpanId: clientSpan,
    attributes: expect.arrayContaining([
      { key: 'http.response.status_code', value: { intValue: 201 } },
      { key: 'http.route', value: { stringValue: '/api/v1/helpdesk/tickets' } },
      { key: 'helpdesk.request_id', value: { stringValue: created.body.request_id } },
    ]),
  })

  const url = Object.assign(new URL(system.local.postgres_url), { pathname: '/tickets' }).toString()
  const sql = postgres(url, { max: 1 })
  const [event] = await sql`
    select event ->> 'traceparent' as traceparent from outbox where event ->> 'requestid' = ${created.body.request_id}`
  await sql.end()
  expect(event?.traceparent).toBe(`00-${traceId}-${incoming?.spanId}-01`)
})

test('a failure is told by its code', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  await api.get('/tickets/999999999', { headers: { traceparent: `00-${traceId}-${clientSpan}-01` } })
  const failed = { key: 'error.type', value: { stringValue: 'not_found' } }
  await vi.waitFor(
    () => expect(spansOf(traceId).some(({ attributes }) => attributes.some((each) => same(each, failed)))).toBe(true),
    15_000,
  )
})

test('what a caller does not want traced is not, and a trace context that is none is passed by', async () => {
  const traceId = 'a3ce929d0e0e47364bf92f3577b34da6'
  for (const traceparent of [`00-${traceId}-${clientSpan}-00`, `00-${traceId}-`, 'nönsense', '\u00ff'.repeat(60)]) {
    expect((await api.get('/tickets', { headers: { traceparent } })).status).toBe(200)
  }
  const later = '11111111111111111111111111111111'
  await api.get('/tickets', { headers: { traceparent: `00-${later}-${clientSpan}-01` } })
  await vi.waitFor(() => expect(spansOf(later).length).toBeGreaterThanOrEqual(3), 15_000)
  expect(spansOf(traceId)).toEqual([])
})

test('no trace holds what a tenant wrote, or a key', async () => {
  const all = JSON.stringify(exports)
  expect(all).toContain('CreateTicket')
  for (const secret of [
    ticket.subject,
    ticket.body_md,
    ticket.requester.email,
    system.local.keys.full,
    system.local.grpc_token,
  ]) {
    expect(all).not.toContain(secret)
  }
})

const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b)
