import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// The tier of a test is its suffix: .test.ts, .int.test.ts, .e2e.test.ts, .faults.test.ts. `vitest --mode int` picks one.
const tiers: Record<string, { include: string[]; exclude?: string[]; timeout: number }> = {
  test: { include: ['**/*.test.ts'], exclude: ['**/*.{int,e2e,faults}.test.ts'], timeout: 5_000 },
  int: { include: ['**/*.int.test.ts'], timeout: 60_000 },
  e2e: { include: ['**/*.e2e.test.ts'], timeout: 120_000 },
  faults: { include: ['**/*.faults.test.ts'], timeout: 240_000 },
}

export default defineConfig(({ mode }) => {
  const tier = tiers[mode]
  if (!tier) throw new Error(`There is no test tier ${mode}; there are: ${Object.keys(tiers).join(', ')}`)
  return {
    test: {
      include: tier.include,
      exclude: ['**/node_modules/**', '**/dist/**', ...(tier.exclude ?? [])],
      testTimeout: tier.timeout,
      hookTimeout: 2 * tier.timeout,
      ...(mode === 'int' && { globalSetup: join(import.meta.dirname, 'global-setup.ts') }),
      // Each file of the e2e tier starts the whole system, and two at once would only slow each other down.
      fileParallelism: mode !== 'e2e',
      // A fault is told as soon as it is over.
      disableConsoleIntercept: mode === 'faults',
      passWithNoTests: true,
      reporters: ['default', ['json', { outputFile: `test-results/${mode}.json` }]],
    },
  }
})
