import type { Sql, Tx } from '@helpdesk/postgres'
import { HelpdeskError, invalidFields, notFound } from '@helpdesk/proto/errors'
import type { Agent } from '@helpdesk/proto/tickets'
import { noSuch } from '../unknown-reference.ts'

/** Of `agents as a`. */
export const agentColumns = (sql: Sql | Tx) => sql`
  a.id, a.name, a.email, a.is_active, a.is_available,
  array(select m.queue_id from queue_agents m where m.tenant_id = a.tenant_id and m.agent_id = a.id
         order by m.queue_id) as queue_ids,
  a.open_ticket_count, a.created_at, a.updated_at, a.version`

/** The agent, locked until the transaction ends. Throws `not_found`. */
export async function lockAgent(tx: Tx, tenantId: number, id: number): Promise<Agent> {
  // Lock and read apart: one statement that had to wait would see the queues from before its wait.
  await tx`select 1 from agents where tenant_id = ${tenantId} and id = ${id} for no key update`
  return readAgent(tx, tenantId, id)
}

/** Throws `not_found`. */
export async function readAgent(sql: Sql | Tx, tenantId: number, id: number): Promise<Agent> {
  const [agent] = await sql<Agent[]>`
    select ${agentColumns(sql)} from agents a where a.tenant_id = ${tenantId} and a.id = ${id} and a.deleted_at is null`
  if (!agent) throw notFound('agent')
  return agent
}

/** What violated constraints of the table mean. */
export const agentViolations = {
  agents_email_key: () =>
    new HelpdeskError('conflict', 'There is already an agent with this e-mail.', {
      fields: [{ path: 'email', code: 'conflict', message: 'There is already an agent with this e-mail.' }],
    }),
}

/** The agent with this id. Throws `validation_failed` at `path`. */
export async function knownAgent(
  tx: Tx,
  tenantId: number,
  id: number,
  path = 'agent_id',
): Promise<{ id: number; name: string }> {
  const [agent] = await tx<{ id: number; name: string }[]>`
    select id, name from agents where tenant_id = ${tenantId} and id = ${id} and deleted_at is null`
  if (!agent) throw invalidFields([noSuch(path, 'agent')])
  return agent
}
