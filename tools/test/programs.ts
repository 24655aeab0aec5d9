import { onPath } from '../backend/processes.ts'

/**
 * Where a program is that some tests need: what the variable names, else what the PATH has. Without it those tests are to
 * be skipped, and the run says why; with TEST_PROGRAMS=required, as in CI, it throws instead.
 */
export function findProgram(name: string, variable?: string): string | undefined {
  const file = (variable && process.env[variable]) || onPath(name)
  if (file) return file
  const missing = `${name} is not on the PATH${variable ? ` and ${variable} does not name it` : ''}`
  if (process.env.TEST_PROGRAMS === 'required') throw new Error(`${missing}, but TEST_PROGRAMS=required`)
  console.warn(`${missing}: the tests that need it are skipped`)
}
