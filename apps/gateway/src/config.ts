import { grpcAddress, outboxConfig, processConfig, readConfig } from '@helpdesk/service'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)

export const readGatewayConfig = (env: NodeJS.ProcessEnv) =>
  readConfig(
    {
      ...processConfig,
      ...outboxConfig,
      HTTP_HOST: z.string().default('0.0.0.0'),
      HTTP_PORT: port.default(8080),
      HEALTH_PORT: port,
      /** The token that the four services know this gateway by. */
      SERVICE_TOKEN: z.string().min(16),
      TICKETS_ADDRESS: grpcAddress,
      CATALOG_ADDRESS: grpcAddress,
      AUDIT_ADDRESS: grpcAddress,
      AI_ADDRESS: grpcAddress,
      /** Milliseconds a service may take to answer. */
      RPC_DEADLINE_MS: z.coerce.number().int().min(100).default(10_000),
      /** Milliseconds an AI hook may take. */
      AI_DEADLINE_MS: z.coerce.number().int().min(100).default(90_000),
      /** Milliseconds that a stopping gateway is not ready and goes on, so that load balancers turn away from it. */
      STOP_DELAY_MS: z.coerce.number().int().min(0).default(0),
      /** Requests that may run at once; one more is refused with 503. */
      MAX_CONCURRENT_REQUESTS: z.coerce.number().int().min(1).default(500),
      /** Requests a minute for a key without a limit of its own or its tenant's. */
      RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(600),
      /** Valkey or Redis, so that many gateways share the counts of requests. */
      RATE_LIMIT_REDIS_URL: z.url().optional(),
      /** With it, acme.BASE_DOMAIN takes only keys of the tenant acme. */
      BASE_DOMAIN: z.string().optional(),
    },
    env,
  )

export type GatewayConfig = ReturnType<typeof readGatewayConfig>
