import type { Call } from '@helpdesk/proto/call'
import { ListHelpTopicsRequest } from '@helpdesk/proto/catalog'
import { ListQueuesRequest } from '@helpdesk/proto/tickets'
import type { Ai } from '../service.ts'
import { asPeer } from './as-peer.ts'
import { clip, fit } from './data-block.ts'

// A tenant with more help topics or queues than these hold has its tickets sorted among the first ones.
const most = 300
const tokens = 8_000

/** Active help topics, as the model is shown them. */
export async function listActiveTopics({ catalog }: Ai, call: Call) {
  const topics = await everyPage((cursor) =>
    catalog.listHelpTopics(ListHelpTopicsRequest.fromPartial({ limit: 100, cursor }), asPeer(call)),
  )
  return fit(
    topics.map(({ id, name, queue_id }) => ({ help_topic_id: id, name, goes_to_queue: queue_id ?? null })),
    tokens,
  )
}

/** Active queues, as the model is shown them. */
export async function listActiveQueues({ tickets }: Ai, call: Call) {
  const queues = await everyPage((cursor) =>
    tickets.listQueues(ListQueuesRequest.fromPartial({ limit: 100, cursor }), asPeer(call)),
  )
  const active = queues.filter(({ is_active }) => is_active)
  return fit(
    active.map(({ id, name, description }) => ({ queue_id: id, name, description: clip(description ?? '', 150) })),
    tokens,
  )
}

async function everyPage<Row>(
  ask: (cursor: string | null | undefined) => Promise<{ data: Row[]; next_cursor?: string | null | undefined }>,
): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null | undefined
  do {
    const page = await ask(cursor)
    rows.push(...page.data)
    cursor = page.next_cursor
  } while (cursor && rows.length < most)
  return rows
}
