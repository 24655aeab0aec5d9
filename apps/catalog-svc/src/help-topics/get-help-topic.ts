import type { Call } from '@helpdesk/proto/call'
import type { GetHelpTopicRequest, HelpTopic } from '@helpdesk/proto/catalog'
import { notFound } from '@helpdesk/proto/errors'
import type { Catalog } from '../service.ts'
import { helpTopicColumns } from './help-topic-sql.ts'

export async function getHelpTopic({ sql }: Catalog, request: GetHelpTopicRequest, call: Call): Promise<HelpTopic> {
  const [topic] = await sql<HelpTopic[]>`
    select ${helpTopicColumns(sql)} from help_topics where tenant_id = ${call.tenantId} and id = ${request.id}`
  if (!topic) throw notFound('help topic')
  return topic
}
