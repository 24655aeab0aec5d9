import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, isListening, stopProcess } from '../../../../tools/backend/processes.ts'

/** A redis-server that keeps nothing on disk, on a port of its own where it can be stopped and started again. */
export async function prepareRedis(binary: string) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'helpdesk-redis-'))
  let pid = 0
  const stop = async () => {
    if (pid) await stopProcess(pid)
    pid = 0
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async start(): Promise<void> {
      const options = { port, bind: '127.0.0.1', dir: folder, save: '' }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      pid = spawn(binary, args, { stdio: 'ignore' }).pid ?? 0
      for (const giveUpAt = Date.now() + 15_000; !(await isListening(port)); await sleep(20)) {
        if (Date.now() > giveUpAt) throw new Error(`${binary} does not listen on ${port}`)
      }
    },
    stop,
    /** It stays connected and says nothing more, until it is told to go on. */
    freeze: () => process.kill(pid, 'SIGSTOP'),
    thaw: () => process.kill(pid, 'SIGCONT'),
    async [Symbol.asyncDispose]() {
      if (pid) process.kill(pid, 'SIGCONT')
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
