import { setTimeout as sleep } from 'node:timers/promises'
import { HelpdeskError } from '@helpdesk/proto/errors'
import type { Logger } from '@helpdesk/service'
import type { RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { keyOf } from './authenticate.ts'

// One counter serves all keys, and each key is held against its own limit, so the counter itself never refuses.
const windows = { points: Number.MAX_SAFE_INTEGER, duration: 60, keyPrefix: 'helpdesk_rate' }

/** How long a request waits for the shared counts before it is counted in memory. */
const patienceMs = 250

export interface RequestCounter extends AsyncDisposable {
  /** Counts one more request of this key. */
  count: (keyId: number) => Promise<RateLimiterRes>
}

/**
 * Counts requests in windows of a minute: in memory, or with a URL in Valkey or Redis, so that many gateways share it.
 * While that server is away or hangs, each gateway counts for itself.
 */
export async function openRequestCounter(redisUrl: string | undefined, log: Logger): Promise<RequestCounter> {
  const memory = new RateLimiterMemory(windows)
  if (!redisUrl) return { count: (keyId) => memory.consume(keyId), async [Symbol.asyncDispose]() {} }
  // It is seldom used, and takes longer to load than Express.
  const { createClient } = await import('@redis/client')
  const client = createClient({
    url: redisUrl,
    disableOfflineQueue: true,
    // A server that hangs keeps its connection; without these it would be asked, and waited for, with every request.
    pingInterval: 1_000,
    socket: { connectTimeout: 2_000, socketTimeout: 3_000 },
  })
  client.on('error', (error) => log.warn({ err: error }, 'The rate limit store is away; counting in memory'))
  await Promise.race([client.connect().catch(() => {}), patience(2_000)])
  const shared = new RateLimiterRedis({ ...windows, storeClient: client, useRedisPackage: true })
  const refused = (error: unknown) => log.warn({ err: error }, 'The rate limit store did not count; counting in memory')
  return {
    async count(keyId) {
      const counted = client.isReady ? shared.consume(keyId).catch(refused) : undefined
      return (await Promise.race([counted, patience(patienceMs)])) ?? memory.consume(keyId)
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}

const patience = (ms: number) => sleep(ms, undefined, { ref: false })

/** Tells every client where its key stands. Throws `rate_limited` past the key's own limit, its tenant's, or the default. */
export const rateLimit = ({ count }: RequestCounter, platformDefault: number): RequestHandler =>
  async function limitRate(_request, response, next) {
    const key = keyOf(response)
    const limit = key.rate_limit_per_minute ?? platformDefault
    const { consumedPoints, msBeforeNext } = await count(key.id)
    response.set({
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - consumedPoints)),
      'X-RateLimit-Reset': String(Math.ceil((Date.now() + msBeforeNext) / 1000)),
    })
    if (consumedPoints > limit) {
      const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
      response.set('Retry-After', String(seconds))
      throw new HelpdeskError('rate_limited', `More than ${limit} requests a minute; try again in ${seconds} s.`)
    }
    next()
  }
