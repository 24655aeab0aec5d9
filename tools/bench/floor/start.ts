import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '../../backend/processes.ts'

export interface Floor extends AsyncDisposable {
  url: string
  /** Gateway and service. */
  pids: number[]
}

/** Starts the floor's two programs on tickets-svc's own database. */
export async function startFloor(databaseUrl: string, tenantId: number): Promise<Floor> {
  const children: ChildProcess[] = []
  const start = async (name: string, env: Record<string, string>) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`The floor's ${name} ended with ${code}.`)))
    })
  }
  const [service, gateway] = [await freePort(0), await freePort(0)]
  await start('service', { PORT: String(service), DATABASE_URL: databaseUrl, TENANT_ID: String(tenantId) })
  await start('gateway', { PORT: String(gateway), SERVICE: `127.0.0.1:${service}` })
  return {
    url: `http://127.0.0.1:${gateway}`,
    pids: children.map(({ pid }) => pid ?? 0),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill()
    },
  }
}
