// Gives a tier that needs servers its servers, when vitest is started by itself and not by `npm test`.

import { startTestBackend } from './backend.ts'

export async function setup() {
  if (process.env.TEST_POSTGRES_URL) return
  const backend = await startTestBackend()
  console.log(`Integration tests run on: ${backend.kind}`)
  Object.assign(process.env, backend.env)
  return () => backend[Symbol.asyncDispose]()
}
