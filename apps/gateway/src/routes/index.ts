import { agentRoutes } from './agents.ts'
import { aiRoutes } from './ai.ts'
import { auditRoutes } from './audit.ts'
import { queueRoutes } from './queues.ts'
import { tagRoutes } from './tags.ts'
import { ticketRoutes } from './tickets.ts'

/** Every route below /api/v1/helpdesk. */
export const routes = [...ticketRoutes, ...queueRoutes, ...agentRoutes, ...tagRoutes, ...auditRoutes, ...aiRoutes]
