// One resource of each kind, and a good request for each operation on it.

import type { Operation } from './document.ts'
import type { Client } from './system.ts'

/** Ids by the first part of their path. */
export type Ids = Record<string, number>

/** Everything is named by `name`. Help topics are written elsewhere; theirs is 0 in a tenant without any. */
export async function makeResources(api: Client, name = 'Matrix'): Promise<Ids> {
  const slug = name.toLowerCase()
  const make = async (path: string, body: object) => (await api.post(path, body)).body.data
  const requester = { email: `${slug}@example.org`, name }
  const ticket = await make('/tickets', { subject: name, body_md: name, requester })
  const response = { slug, title: name, body_md: 'Dear {{requester.first_name}}, {{nothing}}' }
  return {
    tickets: ticket.id,
    requesters: ticket.requester.id,
    tags: (await make('/tags', { slug, name })).id,
    queues: (await make('/queues', { slug, name })).id,
    agents: (await make('/agents', { name, email: `agent-${slug}@example.org` })).id,
    'help-topics': (await api.get('/help-topics')).body.data[0]?.id ?? 0,
    'canned-responses': (await make('/canned-responses', response)).id,
  }
}

/** A body that the operation takes; undefined for those without one. */
export function goodBody({ operationId, body }: Operation, ids: Ids): object | undefined {
  const name = operationId.replace('ByPatch', '')
  const slug = `${name.toLowerCase()}-${Math.random().toString(36).slice(2, 10)}`
  const bodies: Record<string, object> = {
    createTicket: { subject: 'S', body_md: 'B', requester: { email: 'requester@example.org' } },
    updateTicket: { subject: 'Changed' },
    replyToTicket: { body_md: 'Reply' },
    setTicketStatus: { status: 'pending' },
    assignTicket: { agent_id: null },
    moveTicket: { queue_id: ids.queues },
    createQueue: { slug, name: 'Q' },
    updateQueue: { name: 'Changed' },
    createAgent: { name: 'A', email: `${slug}@example.org` },
    updateAgent: { name: 'Changed' },
    createTag: { slug, name: 'T' },
    updateTag: { name: 'Changed' },
    createCannedResponse: { slug, title: 'C', body_md: 'B' },
    updateCannedResponse: { title: 'Changed' },
    renderCannedResponse: { ticket_id: ids.tickets },
    setNotificationPref: { scope: 'tenant_default', event_key: 'ticket.moved', channel: 'email', enabled: false },
    generateCannedResponse: { intent: 'apologise' },
    askAudit: { question: 'Who?' },
    updateAiConfig: { monthly_cap_cents: 10_000 },
  }
  const aboutTicket = /^(suggest|summarize|categorize|analyze|predict)/.test(operationId)
  const good = bodies[name] ?? (aboutTicket ? { ticket_id: ids.tickets } : undefined)
  if (body && !good) throw new Error(`resources.ts has no good body for ${operationId}`)
  return good
}

export const kindOf = ({ path }: Operation) => path.split('/')[1] ?? ''
export const isItem = ({ path }: Operation) => path.includes('{')
export const fill = ({ path }: Operation, id: number | string) => path.replace(/\{\w+\}/, String(id))
