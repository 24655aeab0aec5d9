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

interface Surroundings {
  ports: Ports
  secrets: Secrets
  /** The URL of one of the server's databases. */
  databaseUrl: (database: string) => string
  natsUrl: string
  logLevel: string
}

/** One database for each service, which nobody else reads. */
export const databases = ['gateway', 'tickets', 'catalog', 'audit', 'ai'] as const

export function describeSystem({ ports, secrets, databaseUrl, natsUrl, logLevel }: Surroundings): Process[] {
  const at = (port: number) => `127.0.0.1:${port}`
  const everywhere = { LOG_LEVEL: logLevel, NATS_URL: natsUrl, CURSOR_SECRET: secrets.cursor_secret }
  const service = (name: keyof Ports['grpc'], more: Record<string, string> = {}): Process => ({
    name: `${name}-svc`,
    main: `apps/${name}-svc/src/main.ts`,
    healthPort: ports.health[name],
    env: {
      ...everywhere,
      ...more,
      DATABASE_URL: databaseUrl(name),
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: String(ports.grpc[name]),
      HEALTH_PORT: String(ports.health[name]),
      SERVICE_TOKENS: Object.entries(secrets.service_tokens)
        .map(([caller, token]) => `${caller}:${token}`)
        .join(','),
    },
  })
  const addresses = {
    TICKETS_ADDRESS: at(ports.grpc.tickets),
    CATALOG_ADDRESS: at(ports.grpc.catalog),
    AUDIT_ADDRESS: at(ports.grpc.audit),
    AI_ADDRESS: at(ports.grpc.ai),
  }
  return [
    service('catalog', {
      TICKETS_ADDRESS: addresses.TICKETS_ADDRESS,
      TICKETS_TOKEN: secrets.service_tokens['catalog-svc'],
      AUDIT_ADDRESS: addresses.AUDIT_ADDRESS,
      AUDIT_TOKEN: secrets.service_tokens['catalog-svc'],
    }),
    service('tickets', {
      CATALOG_ADDRESS: addresses.CATALOG_ADDRESS,
      CATALOG_TOKEN: secrets.service_tokens['tickets-svc'],
      AUDIT_ADDRESS: addresses.AUDIT_ADDRESS,
      AUDIT_TOKEN: secrets.service_tokens['tickets-svc'],
    }),
    service('audit'),
    service('ai', {
      TICKETS_ADDRESS: addresses.TICKETS_ADDRESS,
      TICKETS_TOKEN: secrets.service_tokens['ai-svc'],
      CATALOG_ADDRESS: addresses.CATALOG_ADDRESS,
      CATALOG_TOKEN: secrets.service_tokens['ai-svc'],
      AUDIT_ADDRESS: addresses.AUDIT_ADDRESS,
      AUDIT_TOKEN: secrets.service_tokens['ai-svc'],
      AI_KEY_ENCRYPTION_KEY: `local:${secrets.ai_key_encryption_key}`,
      ...ofOurs('ANTHROPIC_BASE_URL', 'AI_MODEL_PRICES', 'HOOK_DEADLINE_MS'),
    }),
    {
      name: 'gateway',
      main: 'apps/gateway/src/main.ts',
      healthPort: ports.health.gateway,
      env: {
        ...everywhere,
        ...addresses,
        DATABASE_URL: databaseUrl('gateway'),
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(ports.http),
        HEALTH_PORT: String(ports.health.gateway),
        SERVICE_TOKEN: secrets.service_tokens.gateway,
        ...ofOurs('AI_DEADLINE_MS'),
      },
    },
  ]
}

/** Variables that are passed on from the environment of whoever starts the system, where they are set. */
const ofOurs = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
