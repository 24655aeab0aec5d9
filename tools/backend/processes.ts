import { accessSync, constants, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether a process lives, and, where /proc can tell, whether it is the program named. */
export function isAlive(pid: number, program?: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    if (stat.includes(') Z ')) return false
    return program === undefined || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program)
  } catch {
    return true
  }
}

/** Asks a process to stop, waits for it, and kills it when it does not within `patienceMs`. */
export async function stopProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM', patienceMs = 8_000): Promise<void> {
  if (!isAlive(pid)) return
  process.kill(pid, signal)
  for (const killAt = Date.now() + patienceMs; isAlive(pid); await sleep(25)) {
    if (Date.now() > killAt) process.kill(pid, 'SIGKILL')
  }
}

/** The port itself when it is free on loopback, else any free one. */
export async function freePort(preferred = 0): Promise<number> {
  const port = await tryPort(preferred)
  return port ?? freePort(0)
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

/** The file that the PATH names by this program's name. */
export function onPath(program: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Whether something takes connections on this port of loopback. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
