import { createConnection, type Socket } from 'node:net'

interface Server {
  host: string[]
  port: number[]
  path?: string | false
}

/**
 * Makes sockets for postgres.js that let no query wait for ever:
 *
 * - One on which PostgreSQL has said nothing for `silenceMs` since something was sent is closed. Where packets are lost,
 *   the kernel would give up after a quarter of an hour on Linux. (Under TLS only the first answer is waited for so.)
 * - One that breaks is closed without an error. Between the events `error` and `close` postgres.js (3.4.9) still sends
 *   queries on a socket, and never tells them that it broke.
 *
 * Several hosts are tried in turn.
 */
export function impatientSockets(silenceMs: number): (server: Server) => Socket {
  let made = 0
  return ({ host, port, path }) => {
    const at = made++ % host.length
    const socket = path ? createConnection(path) : createConnection(port[at] ?? 5432, host[at])
    const { write, destroy } = socket
    let isUp = false
    let waiting: NodeJS.Timeout | undefined
    const heard = () => {
      clearTimeout(waiting)
      waiting = undefined
    }
    socket.on('data', (bytes: Buffer) => {
      heard()
      isUp ||= endsReady(bytes)
    })
    socket.on('close', heard)
    return Object.assign(socket, {
      write(...args: Parameters<typeof write>) {
        waiting ??= setTimeout(() => destroy.call(socket), silenceMs)
        return write.apply(socket, args)
      },
      // While it is being made, the error says why it cannot be.
      destroy: (error?: Error) => destroy.call(socket, isUp ? undefined : error),
    })
  }
}

/** Whether bytes end in ReadyForQuery, https://www.postgresql.org/docs/current/protocol-message-formats.html */
const endsReady = (bytes: Buffer): boolean => bytes.at(-6) === 0x5a && bytes.readInt32BE(bytes.length - 5) === 5
