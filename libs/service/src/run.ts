import { ConfigError } from './config.ts'
import { createLog, type Logger } from './log.ts'
import { startTracing, type TracingOptions } from './tracing.ts'

/** How long a stopping process may take to finish what it has accepted. */
const drainMs = 8_000

/**
 * The life of a process: starts it, waits for SIGINT or SIGTERM, disposes what it opened, and ends.
 * Exits with 2 when the configuration is not complete, with 1 on any other failure.
 */
export async function run<C extends { LOG_LEVEL: string } & TracingOptions>(
  name: string,
  readConfig: (env: NodeJS.ProcessEnv) => C,
  start: (config: C, log: Logger) => Promise<AsyncDisposable>,
): Promise<void> {
  let log = createLog(name, 'info')
  const fail = (error: unknown, message: string) => {
    log.fatal({ err: error }, message)
    process.exit(1)
  }
  process.once('uncaughtException', (error) => fail(error, 'Uncaught exception'))
  process.once('unhandledRejection', (error) => fail(error, 'Unhandled rejection'))

  try {
    const config = readConfig(process.env)
    log = createLog(name, config.LOG_LEVEL)
    const tracing = await startTracing(name, config)
    const stopped = signalled()
    const service = await Promise.race([start(config, log), stopped.then(() => undefined)])
    if (service) log.info('Ready')
    log.info({ signal: await stopped }, 'Stopping')
    setTimeout(() => fail(new Error(`Not stopped within ${drainMs} ms`), 'Gave up draining'), drainMs).unref()
    await service?.[Symbol.asyncDispose]()
    await tracing[Symbol.asyncDispose]()
    process.exit(0)
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(`${name}: ${error.message}`)
      process.exit(2)
    }
    fail(error, 'Could not start')
  }
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
    // A supervisor that was killed leaves its IPC channel closed.
    process.once('disconnect', () => resolve('SIGTERM'))
  })
}
