import { auditConfig, cursorConfig, grpcAddress, outboxConfig, readConfig, serviceConfig } from '@helpdesk/service'
import { z } from 'zod'

const ticketsConfig = {
  CATALOG_ADDRESS: grpcAddress,
  CATALOG_TOKEN: z.string().min(16),
  /** For how many days after it was closed a requester's reply reopens a ticket. */
  TICKET_REOPEN_DAYS: z.coerce.number().min(0).default(7),
}

export const readTicketsConfig = (env: NodeJS.ProcessEnv) =>
  readConfig({ ...serviceConfig, ...outboxConfig, ...auditConfig, ...cursorConfig, ...ticketsConfig }, env)

export type TicketsConfig = ReturnType<typeof readTicketsConfig>
