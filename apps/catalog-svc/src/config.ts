import { auditConfig, cursorConfig, grpcAddress, outboxConfig, readConfig, serviceConfig } from '@helpdesk/service'
import { z } from 'zod'

const catalogConfig = {
  TICKETS_ADDRESS: grpcAddress,
  TICKETS_TOKEN: z.string().min(16),
}

export const readCatalogConfig = (env: NodeJS.ProcessEnv) =>
  readConfig({ ...serviceConfig, ...outboxConfig, ...auditConfig, ...cursorConfig, ...catalogConfig }, env)

export type CatalogConfig = ReturnType<typeof readCatalogConfig>
