import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { register } from './metrics.ts'

/** What readiness says of this process. */
export interface Readiness {
  /** Only a process whose own database is away, or that stops, is not ready. */
  status: 'ready' | 'degraded' | 'unavailable' | 'stopping'
  checks: Record<string, string>
}

export interface HealthOptions {
  /** Rejects when the process's own database is away. Asked before metrics are shown too, so it may measure. */
  database: () => Promise<unknown>
  /** Everything else it would like to have: name → whether it is there. */
  peers: Record<string, () => boolean>
  /** Aborts when the process begins to stop. */
  stopping?: AbortSignal
}

/** Asks every check. A peer that is away degrades, so that services which need each other cannot keep each other down. */
export async function readiness({ database, peers, stopping }: HealthOptions): Promise<Readiness> {
  const checks: Record<string, string> = {}
  const answers = await withTimeout(database(), 2_000)
  checks.database = answers ? 'ok' : 'away'
  for (const [name, isThere] of Object.entries(peers)) checks[name] = isThere() ? 'ok' : 'away'
  const allThere = Object.values(checks).every((state) => state === 'ok')
  const working = answers ? (allThere ? 'ready' : 'degraded') : 'unavailable'
  return { status: stopping?.aborted ? 'stopping' : working, checks }
}

/** The HTTP status that says so to a load balancer. */
export const readinessStatus = ({ status }: Readiness): 200 | 503 =>
  status === 'ready' || status === 'degraded' ? 200 : 503

async function withTimeout(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), ms)
  const inTime = promise.then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([inTime, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Serves /healthz (alive), /readyz (readiness) and /metrics (Prometheus) for a process with no other HTTP port. */
export async function startHealthServer(
  port: number,
  options: HealthOptions,
): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    // Whoever started this process can tell that the answer is its own, and not another's on the same port.
    response.setHeader('X-Process-Id', process.pid)
    switch (request.url) {
      case '/healthz':
        return sendJson(response, 200, { status: 'ok' })
      case '/readyz': {
        const ready = await readiness(options)
        return sendJson(response, readinessStatus(ready), ready)
      }
      case '/metrics':
        await withTimeout(options.database(), 2_000)
        response.setHeader('content-type', register.contentType)
        return response.end(await register.metrics())
      default:
        return sendJson(response, 404, { error: 'not found; there are /healthz, /readyz and /metrics' })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
