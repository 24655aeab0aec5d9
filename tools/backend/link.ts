// A way to a server on which bytes are late, get stuck, or are cut off, as on a network.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Link extends AsyncDisposable {
  /** The server's URL by this way. */
  url: string
  /** Each way takes so many milliseconds from now on. */
  delay(ms: number): void
  /**
   * From now on nothing gets through and nobody is told, new connections included, until `false`. Then all of it
   * arrives, as TCP sends again what was lost.
   */
  hold(on: boolean): void
  /** Resets every connection. */
  cut(): void
  /** Resets every connection, and until `false` every new one. */
  refuse(on: boolean): void
}

export async function openLink(targetUrl: string): Promise<Link> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let delayMs = 0
  let refusing = false
  let held: PromiseWithResolvers<void> | undefined

  const pass = async (sentAt: number) => {
    const late = sentAt + delayMs - performance.now()
    if (late > 0) await sleep(late)
    while (held) await held.promise
  }
  /** Bytes, and the end behind them, in their order; those that follow one another are late together, not in sum. */
  const forward = (from: Socket, to: Socket) => {
    let last = Promise.resolve()
    const inTurn = (deliver: () => void) => {
      const sentAt = performance.now()
      last = last.then(() => pass(sentAt)).then(deliver)
    }
    from.on('data', (bytes) => inTurn(() => to.write(bytes)))
    from.on('close', () => inTurn(() => to.destroySoon()))
  }
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  const server = createServer((near) => {
    track(near)
    if (refusing) return void near.resetAndDestroy()
    const far = connect(Number(target.port), target.hostname)
    track(far)
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const hold = (on: boolean) => {
    const before = held
    held = on ? (before ?? Promise.withResolvers<void>()) : undefined
    if (!on) before?.resolve()
  }

  return {
    url: Object.assign(new URL(target), { hostname: '127.0.0.1', port: String(port) }).toString(),
    delay(ms) {
      delayMs = ms
    },
    hold,
    cut,
    refuse(on) {
      refusing = on
      if (on) cut()
    },
    async [Symbol.asyncDispose]() {
      hold(false)
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
