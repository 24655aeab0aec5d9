import { HelpdeskError } from '@helpdesk/proto/errors'
import type { RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { keyOf } from './authenticate.ts'

/** Counts each key's requests in windows of a minute and tells the client where it stands. Throws `rate_limited`. */
export const rateLimit = (platformDefault: number): RequestHandler => {
  // One limiter counts for all keys; each key is held against its own limit.
  const counter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 60 })
  return async function limitRate(_request, response, next) {
    const key = keyOf(response)
    const limit = key.rate_limit_per_minute ?? platformDefault
    const { consumedPoints, msBeforeNext } = await counter.consume(String(key.id)).catch(asResult)
    const seconds = Math.ceil(msBeforeNext / 1000)
    response.set({
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(Math.max(0, limit - consumedPoints)),
      'X-RateLimit-Reset': String(Math.ceil((Date.now() + msBeforeNext) / 1000)),
    })
    if (consumedPoints > limit) {
      response.set('Retry-After', String(seconds))
      throw new HelpdeskError('rate_limited', `More than ${limit} requests a minute; try again in ${seconds} s.`)
    }
    next()
  }
}

function asResult(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown
  throw thrown
}
