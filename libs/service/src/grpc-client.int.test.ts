import { setTimeout as sleep } from 'node:timers/promises'
import { AuditServiceService, type FindRecordedEventsRequest } from '@helpdesk/proto/audit'
import { expect, test } from 'vitest'
import { connectGrpc } from './grpc-client.ts'
import { startGrpcServer } from './grpc-server.ts'
import { createLog } from './log.ts'

const service = { findRecordedEvents: AuditServiceService.findRecordedEvents }
const token = 'test-token-0123456789'
const call = { tenantId: 1, actor: { kind: 'system', id: 'tests' }, via: '', requestId: 'r' } as const

/** A service that takes a moment and answers with its name. */
const startServer = (name: string, port = 0) =>
  startGrpcServer({
    service,
    handlers: {
      async findRecordedEvents(_request: FindRecordedEventsRequest) {
        await sleep(5)
        return { event_ids: [name], handled_until: null }
      },
    },
    host: '127.0.0.1',
    port,
    tokens: new Map([['tests', token]]),
    explain: () => undefined,
    log: createLog('tests', 'silent'),
  })

function connect(...ports: number[]) {
  const address = ports.map((port) => `127.0.0.1:${port}`).join()
  const client = connectGrpc(service, { address, token, deadlineMs: 10_000 })
  const ask = async () => (await client.findRecordedEvents({ event_ids: [] }, call)).event_ids[0]
  return { ask, [Symbol.dispose]: () => client[Symbol.dispose]() }
}

test('calls go round the addresses in turn', async () => {
  await using one = await startServer('one')
  await using other = await startServer('other')
  using client = connect(one.port, other.port)
  while (new Set([await client.ask(), await client.ask()]).size < 2);
  const answers = []
  for (let calls = 0; calls < 10; calls++) answers.push(await client.ask())
  expect(answers.filter((name) => name === 'one')).toHaveLength(5)
})

test('no call fails while one of two is stopped and started, and the other as soon as the first is back', async () => {
  const one = await startServer('one')
  const other = await startServer('other')
  using client = connect(one.port, other.port)
  const stopping = new AbortController()
  const outcomes: (string | undefined)[] = []
  const caller = async () => {
    while (!stopping.signal.aborted) outcomes.push(await client.ask().catch(({ code }) => code))
  }
  const callers = Array.from({ length: 10 }, caller)
  await sleep(200)
  await one[Symbol.asyncDispose]()
  // Longer than the first few tries to connect again, which come ever later.
  await sleep(1_500)
  await using _oneAgain = await startServer('one again', one.port)
  await other[Symbol.asyncDispose]()
  await sleep(500)
  await using _otherAgain = await startServer('other again', other.port)
  while (!outcomes.includes('other again')) await sleep(10)
  stopping.abort()
  await Promise.all(callers)
  expect(new Set(outcomes)).toEqual(new Set(['one', 'other', 'one again', 'other again']))
})

test('a call to a service that is away waits a moment for it, and fails', async () => {
  const server = await startServer('gone')
  using client = connect(server.port)
  expect(await client.ask()).toBe('gone')
  await server[Symbol.asyncDispose]()
  const began = performance.now()
  await expect(client.ask()).rejects.toMatchObject({ code: 'unavailable' })
  await expect(client.ask()).rejects.toMatchObject({ code: 'unavailable' })
  expect(performance.now() - began).toBeLessThan(9_000)
})
