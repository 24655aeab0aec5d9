import { z } from 'zod'

/**
 * Reads settings from the environment. Throws one error that names every missing or malformed variable.
 * An empty variable counts as absent.
 */
export function readConfig<S extends z.ZodRawShape>(shape: S, env: NodeJS.ProcessEnv): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = z.object(shape).safeParse(given)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => {
    const name = issue.path.join('.')
    return name in given ? `  ${name}: ${issue.message}` : `  ${name} is missing`
  })
  throw new ConfigError(`The environment is not complete:\n${lines.join('\n')}`)
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const port = z.coerce.number().int().min(0).max(65_535)

/** `name:token` pairs with commas between, as a map from name to token. */
const serviceTokens = z
  .string()
  .transform(
    (text) =>
      new Map(
        text.split(',').map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)] as const),
      ),
  )
  .refine(
    (tokens) => [...tokens].every(([name, token]) => name && token.length >= 16),
    'Must be name:token pairs, tokens of 16 characters or more',
  )

/** What every process reads. */
export const processConfig = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  DATABASE_URL: z.url(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).default(10),
  NATS_URL: z.url(),
  NATS_STREAM_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).optional(),
}

/** What every gRPC service reads beside that. */
export const serviceConfig = {
  ...processConfig,
  GRPC_HOST: z.string().default('0.0.0.0'),
  GRPC_PORT: port,
  HEALTH_PORT: port,
  /** Who may call: `gateway:<token>,ai-svc:<token>`. */
  SERVICE_TOKENS: serviceTokens,
}

/** What every process with an outbox reads. */
export const outboxConfig = {
  /** Hours an event stays in the outbox once audit-svc has it. */
  OUTBOX_KEEP_HOURS: z.coerce.number().min(0).default(1),
  /** Days an event stays in the outbox that audit-svc does not have. */
  OUTBOX_MAX_DAYS: z.coerce.number().int().min(1).default(30),
}

const ipAndPort = /^\d{1,3}(\.\d{1,3}){3}:\d+$/

/** Where a service is: `host:port`, several `ip:port` with commas between, or `dns:///name:port`. */
export const grpcAddress = z
  .string()
  .min(1)
  .refine(
    (address) => !address.includes(',') || address.split(',').every((each) => ipAndPort.test(each)),
    'Several must be ip:port each; dns:///name:port stands for all addresses of a name',
  )

/** Where a producer of events asks which of them audit-svc has. */
export const auditConfig = {
  AUDIT_ADDRESS: grpcAddress,
  AUDIT_TOKEN: z.string().min(16),
}

/** Signs list cursors; the same in every instance of a service. */
export const cursorConfig = { CURSOR_SECRET: z.string().min(16) }
