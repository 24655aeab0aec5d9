import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopProcess } from '../backend/processes.ts'
import type { Process } from './system.ts'

interface SupervisorOptions {
  /** The repository's root. */
  root: string
  /** Where logs and compiled code are kept. */
  folder: string
  /** Told of each process that died and is started again. */
  say: (text: string) => void
}

/** Where traces go, when whoever starts the system has said so. */
const telemetry = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_')))

/** Runs the services: starts them, waits until they are ready, starts one that dies again, and stops them. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #children = new Map<string, ChildProcess>()
  #stopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    mkdirSync(join(options.folder, 'logs'), { recursive: true })
  }

  /** Throws, with the last lines of its log, when a process ends before it is ready. */
  async start(processes: readonly Process[], patienceMs = 60_000): Promise<void> {
    const givenUp = AbortSignal.timeout(patienceMs)
    for (const process of processes) this.#spawn(process)
    await Promise.all(processes.map((process) => this.#untilReady(process, givenUp)))
    for (const process of processes) this.#keepAlive(process)
  }

  pidOf(name: string): number | undefined {
    return this.#children.get(name)?.pid
  }

  /** The gateways first, so that what they have accepted still finds its services. */
  async stop(): Promise<void> {
    this.#stopping = true
    const stopChild = async (name: string) => {
      const child = this.#children.get(name)
      if (child?.pid && child.exitCode === null && child.signalCode === null)
        await stopProcess(child.pid, 'SIGTERM', 4_000)
    }
    const names = [...this.#children.keys()]
    await Promise.all(names.filter((name) => name.startsWith('gateway')).map(stopChild))
    await Promise.all(names.map(stopChild))
  }

  #spawn({ name, main, env }: Process): ChildProcess {
    const { root, folder } = this.#options
    const log = openSync(this.#logFile(name), 'a')
    const child = spawn(process.execPath, ['--enable-source-maps', join(root, main)], {
      cwd: root,
      // Its own process group: Ctrl-C in a terminal is for the supervisor. The IPC channel tells a child whose
      // supervisor was killed to stop by itself.
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        PATH: process.env.PATH,
        TZ: 'UTC',
        NODE_ENV: 'production',
        NODE_COMPILE_CACHE: join(folder, 'compiled'),
        ...telemetry,
        ...env,
      },
    })
    this.#children.set(name, child)
    return child
  }

  async #untilReady({ name, healthPort }: Process, givenUp: AbortSignal): Promise<void> {
    for (;;) {
      const child = this.#children.get(name)
      if (child?.exitCode !== null || child.signalCode !== null) throw this.#failure(name, 'ended before it was ready')
      if (givenUp.aborted) throw this.#failure(name, 'was not ready in time')
      const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => undefined)
      const body = (await answer?.json()) as { status?: string } | undefined
      const isOurs = answer?.headers.get('x-process-id') === String(child.pid)
      if (isOurs && body?.status === 'ready') return
      await sleep(50)
    }
  }

  #keepAlive(process: Process): void {
    this.#children.get(process.name)?.once('exit', async (code, signal) => {
      if (this.#stopping) return
      this.#options.say(
        `${process.name} ended (${signal ?? code}); starting it again. Its log: ${this.#logFile(process.name)}`,
      )
      await sleep(500)
      if (this.#stopping) return
      this.#spawn(process)
      this.#keepAlive(process)
    })
  }

  #failure(name: string, what: string): Error {
    const tail = readFileSync(this.#logFile(name), 'utf8').trimEnd().split('\n').slice(-15).join('\n')
    return new Error(`${name} ${what}. The end of its log (${this.#logFile(name)}):\n${tail}`)
  }

  #logFile(name: string): string {
    return join(this.#options.folder, 'logs', `${name}.log`)
  }
}
