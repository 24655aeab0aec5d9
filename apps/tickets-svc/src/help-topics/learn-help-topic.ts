import type { Call } from '@helpdesk/proto/call'
import { askCatalog } from '../ask-catalog.ts'
import type { Tickets } from '../service.ts'
import { saveHelpTopic } from './help-topic-sql.ts'

/**
 * Asks catalog-svc for a help topic that the projection does not know.
 * Throws `unavailable` when it has to ask and gets no answer.
 */
export async function learnHelpTopic(
  { sql, catalog }: Tickets,
  call: Call,
  id: number | null | undefined,
): Promise<void> {
  if (!id) return
  const known = await sql`select 1 from help_topics where tenant_id = ${call.tenantId} and id = ${id}`
  if (known.length > 0) return
  const topic = await askCatalog(call, (onward) => catalog.getHelpTopic({ id }, onward))
  if (topic) await saveHelpTopic(sql, call.tenantId, topic)
}
