import type { Call } from '@helpdesk/proto/call'
import type { CannedResponse, GetCannedResponseRequest } from '@helpdesk/proto/catalog'
import type { Catalog } from '../service.ts'
import { readCannedResponse } from './canned-response-sql.ts'

export async function getCannedResponse(
  { sql }: Catalog,
  request: GetCannedResponseRequest,
  call: Call,
): Promise<CannedResponse> {
  return readCannedResponse(sql, call.tenantId, request.id)
}
