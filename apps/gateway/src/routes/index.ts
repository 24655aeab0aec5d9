import { agentRoutes } from './agents.ts'
import { aiRoutes } from './ai.ts'
import { auditRoutes } from './audit.ts'
import { cannedResponseRoutes } from './canned-responses.ts'
import { helpTopicRoutes } from './help-topics.ts'
import { notificationPrefRoutes } from './notification-prefs.ts'
import { queueRoutes } from './queues.ts'
import { requesterRoutes } from './requesters.ts'
import { tagRoutes } from './tags.ts'
import { ticketRoutes } from './tickets.ts'

/** Every route below /api/v1/helpdesk. */
export const routes = [
  ...ticketRoutes,
  ...queueRoutes,
  ...agentRoutes,
  ...requesterRoutes,
  ...cannedResponseRoutes,
  ...tagRoutes,
  ...helpTopicRoutes,
  ...notificationPrefRoutes,
  ...auditRoutes,
  ...aiRoutes,
]
