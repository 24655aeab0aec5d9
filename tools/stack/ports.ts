import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../backend/processes.ts'

export interface Ports {
  http: number
  postgres: number
  nats: number
  grpc: { tickets: number; catalog: number; audit: number; ai: number }
  health: { gateway: number; tickets: number; catalog: number; audit: number; ai: number }
}

/** The usual ports, and free ones where those are taken, by others or in `taken`; adds them to it. */
export async function choosePorts(taken = new Set<number>()): Promise<Ports> {
  const port = async (preferred: number): Promise<number> => {
    const found = await freePort(taken.has(preferred) ? 0 : preferred)
    if (taken.has(found)) return port(0)
    taken.add(found)
    return found
  }
  return {
    http: await port(8080),
    postgres: await port(5432),
    nats: await port(4222),
    grpc: {
      tickets: await port(50051),
      catalog: await port(50052),
      audit: await port(50053),
      ai: await port(50054),
    },
    health: {
      gateway: await port(9090),
      tickets: await port(9091),
      catalog: await port(9092),
      audit: await port(9093),
      ai: await port(9094),
    },
  }
}

const turnPort = 47_311
const patienceMs = 60_000

/**
 * Waits until no other system is starting on this machine, and keeps it so until disposed: between finding a port free
 * and listening on it, another would find it free too. The turn is a listening port, so it ends with its process.
 */
export async function takeTurnToStart(): Promise<AsyncDisposable> {
  for (const giveUpAt = Date.now() + patienceMs; ; await sleep(100)) {
    const server = createServer()
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(true))
      server.listen({ port: turnPort, host: '127.0.0.1', exclusive: true }, () => resolve(false))
    })
    if (!taken || Date.now() > giveUpAt) return { [Symbol.asyncDispose]: async () => void server.close() }
  }
}
