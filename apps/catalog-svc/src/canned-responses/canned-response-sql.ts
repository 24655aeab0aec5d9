import type { Sql, Tx } from '@helpdesk/postgres'
import type { CannedResponse } from '@helpdesk/proto/catalog'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'

export const cannedResponseColumns = (sql: Sql | Tx) => sql`
  id, slug, title, body_md, queue_id, is_active, sort_order, use_count, created_at, updated_at, version`

/** Throws `not_found`. */
export async function readCannedResponse(sql: Sql, tenantId: number, id: number): Promise<CannedResponse> {
  const [response] = await sql<CannedResponse[]>`
    select ${cannedResponseColumns(sql)} from canned_responses where tenant_id = ${tenantId} and id = ${id}`
  if (!response) throw notFound('canned response')
  return response
}

/** The canned response, locked until the transaction ends. Throws `not_found`. */
export async function lockCannedResponse(tx: Tx, tenantId: number, id: number): Promise<CannedResponse> {
  const [response] = await tx<CannedResponse[]>`
    select ${cannedResponseColumns(tx)} from canned_responses where tenant_id = ${tenantId} and id = ${id} for update`
  if (!response) throw notFound('canned response')
  return response
}

/** What violated constraints of the table mean. */
export const cannedResponseViolations = {
  canned_responses_slug_key: () =>
    new HelpdeskError('slug_taken', 'There is already a canned response with this slug.', {
      fields: [{ path: 'slug', code: 'slug_taken', message: 'There is already a canned response with this slug.' }],
    }),
}
