import type { Emit } from '@helpdesk/events'
import type { Sql, Tx } from '@helpdesk/postgres'
import { HelpdeskError, invalidField, invalidFields, notFound } from '@helpdesk/proto/errors'
import type { Queue } from '@helpdesk/proto/tickets'
import { noSuch } from '../unknown-reference.ts'
import { queueEvent } from './queue.ts'

/** Of `queues as q`. */
export const queueColumns = (sql: Sql | Tx) => sql`
  q.id, q.slug, q.name, q.description, q.is_default, q.assignment_policy,
  array(select m.agent_id from queue_agents m where m.tenant_id = q.tenant_id and m.queue_id = q.id
         order by m.agent_id) as agent_ids,
  q.is_active, q.created_at, q.updated_at, q.version`

/** The queue, locked until the transaction ends, also for tickets that would come into it. Throws `not_found`. */
export async function lockQueue(tx: Tx, tenantId: number, id: number): Promise<Queue> {
  // Lock and read apart: one statement that had to wait would see the agents from before its wait.
  await tx`select 1 from queues where tenant_id = ${tenantId} and id = ${id} for update`
  return readQueue(tx, tenantId, id)
}

/** Throws `not_found`. */
export async function readQueue(sql: Sql | Tx, tenantId: number, id: number): Promise<Queue> {
  const [queue] = await sql<Queue[]>`
    select ${queueColumns(sql)} from queues q where q.tenant_id = ${tenantId} and q.id = ${id} and q.deleted_at is null`
  if (!queue) throw notFound('queue')
  return queue
}

/** What violated constraints of the table mean. */
export const queueViolations = {
  queues_slug_key: () =>
    new HelpdeskError('slug_taken', 'There is already a queue with this slug.', {
      fields: [{ path: 'slug', code: 'slug_taken', message: 'There is already a queue with this slug.' }],
    }),
  queues_default_key: () => new HelpdeskError('conflict', 'Another queue became the default at the same moment.'),
}

/** Takes the default from the queue that has it, so that another can be it. */
export async function dropDefault(tx: Tx, emit: Emit, tenantId: number): Promise<void> {
  const [queue] = await tx<Queue[]>`
    update queues as q
       set is_default = false, updated_at = now(), version = version + 1
     where q.tenant_id = ${tenantId} and q.is_default
    returning ${queueColumns(tx)}`
  if (queue) emit('queue.updated', queue.id, queueEvent(queue, { is_default: [true, false] }))
}

/** Makes these agents the ones who work on a queue. Throws `validation_failed` naming those that do not exist. */
export async function setQueueAgents(tx: Tx, tenantId: number, queueId: number, agentIds: number[]): Promise<void> {
  await tx`
    delete from queue_agents
     where tenant_id = ${tenantId} and queue_id = ${queueId} and agent_id <> all(${agentIds}::bigint[])`
  if (agentIds.length === 0) return
  const agents = await tx<{ id: number }[]>`
    select id from agents where tenant_id = ${tenantId} and id = any(${agentIds}::bigint[]) and deleted_at is null
       for share`
  const known = new Set(agents.map(({ id }) => id))
  const fields = agentIds.flatMap((id, index) => (known.has(id) ? [] : [noSuch(`agent_ids.${index}`, 'agent')]))
  if (fields.length > 0) throw invalidFields(fields)
  await tx`
    insert into queue_agents (tenant_id, queue_id, agent_id)
    select ${tenantId}, ${queueId}, unnest(${[...known]}::bigint[])
    on conflict do nothing`
}

/** What a ticket needs to know of its queue, which stays undeleted until the transaction ends. */
export type TicketQueue = Pick<Queue, 'id' | 'assignment_policy' | 'is_active'>

/** The queue with this id, for a ticket to come into. Throws `validation_failed` at queue_id. */
export async function knownQueue(tx: Tx, tenantId: number, id: number): Promise<TicketQueue> {
  const queue = await findQueue(tx, tenantId, id)
  if (!queue) throw invalidFields([noSuch('queue_id', 'queue')])
  if (!queue.is_active) throw invalidField('queue_id', 'inactive', 'This queue is not active.')
  return queue
}

/** Undefined when there is none, or it was deleted. */
export async function findQueue(tx: Tx, tenantId: number, id: number): Promise<TicketQueue | undefined> {
  const [queue] = await tx<TicketQueue[]>`
    select id, assignment_policy, is_active
      from queues
     where tenant_id = ${tenantId} and id = ${id} and deleted_at is null
       for key share`
  return queue
}

/** The queue of tickets that name none. */
export async function defaultQueue(tx: Tx, tenantId: number): Promise<TicketQueue> {
  const [queue] = await tx<[TicketQueue]>`
    select id, assignment_policy, is_active
      from queues
     where tenant_id = ${tenantId} and is_default
       for key share`
  return queue
}
