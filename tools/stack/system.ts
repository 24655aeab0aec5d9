// The whole local system: which processes there are, what each needs, and who talks to whom.

import type { Ports } from './ports.ts'
import type { Secrets } from './secrets.ts'

export interface Process {
  name: string
  /** From the repository's root. */
  main: string
  env: Record<string, string>
  healthPort: number
}

/** Where one of each process listens, and how it reaches the servers. */
export interface Copy {
  ports: Pick<Ports, 'http' | 'grpc' | 'health'>
  /** The URL of one of the server's databases. */
  databaseUrl: (database: string) => string
  natsUrl: string
}

interface Surroundings {
  /** One or more; they share the work. */
  copies: readonly Copy[]
  secrets: Secrets
  logLevel: string
}

export function describeSystem({ copies, secrets, logLevel }: Surroundings): Process[] {
  const addresses = (service: keyof Ports['grpc']) =>
    copies.map(({ ports }) => `127.0.0.1:${ports.grpc[service]}`).join()
  const tokens = secrets.service_tokens
  const service_tokens = Object.entries(tokens).map((pair) => pair.join(':'))

  return copies.flatMap(({ ports, databaseUrl, natsUrl }, index) => {
    const suffix = index === 0 ? '' : `-${index + 1}`
    const everywhere = { LOG_LEVEL: logLevel, NATS_URL: natsUrl, CURSOR_SECRET: secrets.cursor_secret }
    const service = (name: keyof Ports['grpc'], more: Record<string, string> = {}): Process => ({
      name: `${name}-svc${suffix}`,
      main: `apps/${name}-svc/src/main.ts`,
      healthPort: ports.health[name],
      env: {
        ...everywhere,
        ...more,
        DATABASE_URL: databaseUrl(name),
        GRPC_HOST: '127.0.0.1',
        GRPC_PORT: String(ports.grpc[name]),
        HEALTH_PORT: String(ports.health[name]),
        SERVICE_TOKENS: service_tokens.join(),
      },
    })
    return [
      service('catalog', {
        TICKETS_ADDRESS: addresses('tickets'),
        TICKETS_TOKEN: tokens['catalog-svc'],
        AUDIT_ADDRESS: addresses('audit'),
        AUDIT_TOKEN: tokens['catalog-svc'],
      }),
      service('tickets', {
        CATALOG_ADDRESS: addresses('catalog'),
        CATALOG_TOKEN: tokens['tickets-svc'],
        AUDIT_ADDRESS: addresses('audit'),
        AUDIT_TOKEN: tokens['tickets-svc'],
      }),
      service('audit'),
      service('ai', {
        TICKETS_ADDRESS: addresses('tickets'),
        TICKETS_TOKEN: tokens['ai-svc'],
        CATALOG_ADDRESS: addresses('catalog'),
        CATALOG_TOKEN: tokens['ai-svc'],
        AUDIT_ADDRESS: addresses('audit'),
        AUDIT_TOKEN: tokens['ai-svc'],
        AI_KEY_ENCRYPTION_KEY: `local:${secrets.ai_key_encryption_key}`,
        ...ofOurs('ANTHROPIC_BASE_URL', 'AI_MODEL_PRICES', 'HOOK_DEADLINE_MS'),
      }),
      {
        name: `gateway${suffix}`,
        main: 'apps/gateway/src/main.ts',
        healthPort: ports.health.gateway,
        env: {
          ...everywhere,
          DATABASE_URL: databaseUrl('gateway'),
          HTTP_HOST: '127.0.0.1',
          HTTP_PORT: String(ports.http),
          HEALTH_PORT: String(ports.health.gateway),
          SERVICE_TOKEN: tokens.gateway,
          TICKETS_ADDRESS: addresses('tickets'),
          CATALOG_ADDRESS: addresses('catalog'),
          AUDIT_ADDRESS: addresses('audit'),
          AI_ADDRESS: addresses('ai'),
          ...ofOurs('AI_DEADLINE_MS'),
        },
      },
    ]
  })
}

/** Variables that are passed on from the environment of whoever starts the system, where they are set. */
const ofOurs = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
