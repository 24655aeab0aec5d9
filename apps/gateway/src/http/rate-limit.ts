import { HelpdeskError } from '@helpdesk/proto/errors'
import type { Logger } from '@helpdesk/service'
import { createClient } from '@redis/client'
import type { RequestHandler } from 'express'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { keyOf } from './authenticate.ts'

// One counter serves all keys, and each key is held against its own limit, so the counter itself never refuses.
const windows = { points: Number.MAX_SAFE_INTEGER, duration: 60, keyPrefix: 'helpdesk_rate' }

export interface RequestCounter extends AsyncDisposable {
  limiter: RateLimiterAbstract
}

/**
 * Counts requests in windows of a minute: in memory, or with a URL in Valkey or Redis, so that many gateways share it.
 * While that server is away each gateway counts for itself.
 */
export async function openRequestCounter(redisUrl: string | undefined, log: Logger): Promise<RequestCounter> {
  const memory = new RateLimiterMemory(windows)
  if (!redisUrl) return { limiter: memory, async [Symbol.asyncDispose]() {} }
  const client = createClient({ url: redisUrl, disableOfflineQueue: true, socket: { connectTimeout: 2_000 } })
  client.on('error', (error) => log.warn({ err: error }, 'The rate limit store is away; counting in memory'))
  await Promise.race([client.connect().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2_000))])
  const limiter = new RateLimiterRedis({
    ...windows,
    storeClient: client,
    useRedisPackage: true,
    insuranceLimiter: memory,
  })
  return {
    limiter,
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}

/** Tells every client where its key stands. Throws `rate_limited` past the key's own limit, its tenant's, or the default. */
export const rateLimit = ({ limiter }: RequestCounter, platformDefault: number): RequestHandler =>
  async function limitRate(_request, response, next) {
    const key = keyOf(response)
    const limit = key.rate_limit_per_minute ?? platformDefault
    const { consumedPoints, msBeforeNext } = await limiter.consume(String(key.id)).catch(asResult)
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

function asResult(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown
  throw thrown
}
