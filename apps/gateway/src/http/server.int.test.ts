import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { expect, test } from 'vitest'
import { listen } from './server.ts'

type Outcome = number | string | undefined

/** A client that asks again and again on one kept connection, until it may make no other. */
function busyClient(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = () =>
    new Promise<Outcome>((resolve) => {
      request({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode))
      })
        .once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
        .end()
    })
  const first = ask()
  const untilRefused = async () => {
    const outcomes = [await first]
    for (let next = await ask(); next !== 'ECONNREFUSED'; next = await ask()) outcomes.push(next)
    agent.destroy()
    return outcomes
  }
  return { first, outcomes: untilRefused() }
}

test('clients that keep their connections busy lose no request while the server stops, and do not hold it up', async () => {
  const app = express().get('/', async (_request, response) => {
    await sleep(20)
    response.send('done')
  })
  const server = await listen({ app, port: 0, host: '127.0.0.1', stopDelayMs: 0 })
  const clients = Array.from({ length: 20 }, () => busyClient(server.port))
  await Promise.all(clients.map(({ first }) => first))
  const stoppedAt = performance.now()
  await server[Symbol.asyncDispose]()
  expect(performance.now() - stoppedAt).toBeLessThan(5_000)
  for (const { outcomes } of clients) expect(new Set(await outcomes)).toEqual(new Set([200]))
})
