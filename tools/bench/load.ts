import { Agent, request } from 'node:http'

export interface Target {
  method?: 'GET' | 'POST'
  url: (n: number) => string
  body?: (n: number) => object
  key?: string
}

export interface Measured {
  requests: number
  per_second: number
  /** Milliseconds. */
  p50: number
  p99: number
}

export interface LoadOptions {
  seconds: number
  /** Each sends its next request when it has the answer to the one before. */
  connections: number
}

/** Loads one endpoint. Throws at the first answer that is not 2xx. Resolution far below a millisecond, unlike autocannon's. */
export async function load(target: Target, { seconds, connections }: LoadOptions): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const took: number[] = []
  const began = performance.now()
  const endsAt = began + seconds * 1_000
  let n = 0
  const client = async () => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now()
      await send(target, n++, agent)
      took.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, client))
  const elapsed = performance.now() - began
  agent.destroy()
  took.sort((a, b) => a - b)
  const percentile = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
  return {
    requests: took.length,
    per_second: (took.length / elapsed) * 1_000,
    p50: percentile(0.5),
    p99: percentile(0.99),
  }
}

function send({ method = 'GET', url, body, key }: Target, n: number, agent: Agent): Promise<void> {
  const text = body && JSON.stringify(body(n))
  const headers = {
    ...(key && { authorization: `Bearer ${key}` }),
    ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  return new Promise((resolve, reject) => {
    const sent = request(url(n), { method, agent, headers }, (response) => {
      const ok = (response.statusCode ?? 0) < 300
      let answer = ''
      response.on('data', (chunk: Buffer) => {
        if (!ok) answer += chunk
      })
      response.on('end', () => (ok ? resolve() : reject(new Error(`${url(n)}: ${response.statusCode} ${answer}`))))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(text)
  })
}
