import { Metadata } from '@grpc/grpc-js'
import { type CallIdentity, metadataKeys, parseActor, readTraceparent } from '@helpdesk/proto/call'
import { invalidField } from '@helpdesk/proto/errors'

/** What a caller says beside the request, as metadata. */
export function writeIdentity(call: CallIdentity, token: string): Metadata {
  const metadata = new Metadata()
  metadata.set(metadataKeys.authorization, `Bearer ${token}`)
  metadata.set(metadataKeys.tenantId, String(call.tenantId))
  metadata.set(metadataKeys.actor, `${call.actor.kind}:${call.actor.id}`)
  metadata.set(metadataKeys.requestId, call.requestId)
  if (call.via) metadata.set(metadataKeys.via, call.via)
  if (call.idempotencyKey !== undefined) metadata.set(metadataKeys.idempotencyKey, call.idempotencyKey)
  if (call.ifMatch !== undefined) metadata.set(metadataKeys.ifMatch, String(call.ifMatch))
  if (call.traceparent) metadata.set(metadataKeys.traceparent, call.traceparent)
  return metadata
}

/** The same, read back and checked. Throws `validation_failed` with paths such as `metadata.x-tenant-id`. */
export function readIdentity(metadata: Metadata, newRequestId: () => string): CallIdentity {
  const text = (key: string) => metadata.get(key)[0]?.toString() || undefined
  const refuse = (key: string, message: string) => invalidField(`metadata.${key}`, 'invalid_format', message)

  const tenantId = wholeNumber(text(metadataKeys.tenantId))
  if (!tenantId) throw refuse(metadataKeys.tenantId, 'Must be the id of a tenant.')
  const actor = parseActor(text(metadataKeys.actor) ?? '')
  if (!actor) throw refuse(metadataKeys.actor, 'Must be api:<id>, agent:<id>, requester:<id> or system:<name>.')
  const via = text(metadataKeys.via) ?? ''
  if (via && parseActor(via)?.kind !== 'api') throw refuse(metadataKeys.via, 'Must be api:<id>.')
  const idempotencyKey = text(metadataKeys.idempotencyKey)
  if (idempotencyKey && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw refuse(metadataKeys.idempotencyKey, 'Must be 1 to 255 printable characters.')
  }
  const ifMatch = text(metadataKeys.ifMatch)
  if (ifMatch && wholeNumber(ifMatch) === undefined) throw refuse(metadataKeys.ifMatch, 'Must be a version.')
  const requestId = text(metadataKeys.requestId) ?? newRequestId()
  return {
    tenantId,
    actor,
    via,
    requestId,
    idempotencyKey,
    ifMatch: wholeNumber(ifMatch),
    traceparent: readTraceparent(text(metadataKeys.traceparent)),
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
}
