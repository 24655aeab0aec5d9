import { createHash } from 'node:crypto'

/** One kind of value that differs from one telling of the story to the next, and what stands in its place. */
interface Fresh {
  pattern: RegExp
  /** `seed` is 32 bytes, the same for the nth value of its kind in every recording. */
  replace: (seed: Buffer) => string
}

const crockford = (seed: Buffer, length: number) =>
  [...seed.subarray(0, length)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]).join('')

const kinds: Record<string, Fresh> = {
  reference: { pattern: /\bHD-[0-9A-HJKMNP-TV-Z]{7}\b/g, replace: (seed) => `HD-${crockford(seed, 7)}` },
  event: { pattern: /\bevt_[0-9A-HJKMNP-TV-Z]{26}\b/g, replace: (seed) => `evt_01KCHA${crockford(seed, 20)}` },
  call: { pattern: /\baic_[0-9A-HJKMNP-TV-Z]{26}\b/g, replace: (seed) => `aic_01KCHA${crockford(seed, 20)}` },
  day: { pattern: /^\d{4}-\d\d-\d\d$/g, replace: () => '2026-11-24' },
  request: {
    pattern: /\breq_[0-9a-f]{8}-[0-9a-f-]{27}\b/g,
    replace: (seed) => `req_${seed.toString('hex').slice(0, 32)}`,
  },
  hash: { pattern: /\b(?!0{64})[0-9a-f]{64}\b/g, replace: (seed) => seed.toString('hex') },
  prefix: { pattern: /\bmc_live_[\w-]{4}(?![\w-])/g, replace: (seed) => `mc_live_${seed.toString('hex').slice(0, 4)}` },
  cursor: {
    pattern: /^[\w-]{8,}\.[\w-]{43}$/g,
    replace: (seed) => `${seed.toString('base64url').slice(0, 40)}.${seed.toString('base64url')}`,
  },
}

const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const firstTime = Date.parse('2026-11-24T09:00:00.000Z')
const durationMs = 1_840
/** Between two steps, so that the story reads like a morning's work. */
const stepMs = 83_217

/**
 * Replaces what a system makes up anew each time (times, references, event ids, hashes, cursors) by values that are the
 * same in every recording, and so how long a call took. `steps` holds when each step began: a time becomes that of its step.
 */
export function stabiliser(steps: readonly number[]): <T>(value: T) => T {
  const known = new Map<string, string>()
  const counts = new Map<string, number>()
  const standIn = (kind: string, { replace }: Fresh, given: string): string => {
    const found = known.get(given)
    if (found) return found
    const count = (counts.get(kind) ?? 0) + 1
    const made = replace(createHash('sha256').update(`${kind} ${count}`).digest())
    counts.set(kind, count)
    known.set(given, made)
    return made
  }
  const timeOf = (given: string) => {
    const at = Date.parse(given)
    const step = steps.findLastIndex((began) => began <= at)
    return new Date(firstTime + Math.max(0, step) * stepMs).toISOString()
  }
  const text = (given: string) =>
    Object.entries(kinds).reduce(
      (done, [name, kind]) => done.replaceAll(kind.pattern, (match) => standIn(name, kind, match)),
      given.replaceAll(time, timeOf),
    )
  const stable = (key: string, value: unknown) => {
    if (key === 'duration_ms') return durationMs
    return typeof value === 'string' ? text(value) : value
  }
  return (value) => JSON.parse(JSON.stringify(value), stable)
}
