import type { Tx } from '@helpdesk/postgres'
import type { VerifyChainRequest, VerifyChainResponse } from '@helpdesk/proto/audit'
import type { Call } from '@helpdesk/proto/call'
import { HelpdeskError } from '@helpdesk/proto/errors'
import type { Audit } from '../service.ts'
import { type DataRow, emptyChain, type Head, hashOfData, hashOfRow, type LogRow } from './entry.ts'

const pageSize = 1_000

type WalkedRow = LogRow & ({ [Field in 'salt' | 'data']: DataRow[Field] } | { salt: null; data: null })

/** Recomputes the chain page by page, in one snapshot, so that entries added meanwhile do not look like strangers. */
export async function verifyChain(
  { sql }: Audit,
  _request: VerifyChainRequest,
  { tenantId, signal }: Call,
): Promise<VerifyChainResponse> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const head = await readHead(tx, tenantId)
    let reached = emptyChain(tenantId)
    let erased = 0
    const result = (first_bad_id: number | null) => ({
      ok: first_bad_id === null,
      checked: reached.id,
      head_hash: head.hash,
      first_bad_id,
      erased,
    })
    for (
      let rows = await readPage(tx, tenantId, null);
      rows.length > 0;
      rows = await readPage(tx, tenantId, reached.id)
    ) {
      for (const row of rows) {
        // A gap shows at the next row: the first that is missing is bad, not the one behind the gap.
        if (!follows(row, reached)) return result(Math.min(row.id, reached.id + 1))
        if (row.id > head.id || (row.id === head.id && row.hash !== head.hash)) return result(row.id)
        if (row.salt === null) erased += 1
        reached = row
      }
      if (signal.aborted) throw new HelpdeskError('deadline_exceeded', 'The chain is too long for this deadline.')
    }
    return result(reached.hash === head.hash ? null : reached.id + 1)
  })
}

async function readHead(tx: Tx, tenantId: number): Promise<Head> {
  const [head] = await tx<Head[]>`select tenant_id, id, hash from audit_heads where tenant_id = ${tenantId}`
  return head ?? emptyChain(tenantId)
}

const readPage = (tx: Tx, tenantId: number, after: number | null) => tx<WalkedRow[]>`
  select tenant_id, id, event_id, event_key, actor_kind, actor_id, via, resource_type, resource_id, ticket_id,
         request_id, data_sha256, prev_hash, hash, created_at, salt, data
    from audit_log
    left join audit_data using (tenant_id, id)
   where tenant_id = ${tenantId}
     ${after === null ? tx`` : tx`and id > ${after}`}
   order by id
   limit ${pageSize}`

/** True when a row is what was once written behind `before`. Data that is not there any more was erased. */
function follows({ hash, salt, data, ...fields }: WalkedRow, before: Head): boolean {
  return (
    fields.id === before.id + 1 &&
    fields.prev_hash === before.hash &&
    hash === hashOfRow(fields) &&
    (salt === null || hashOfData({ salt, data }) === fields.data_sha256)
  )
}
