// How our errors cross gRPC: as google.rpc.Status, with google.rpc.ErrorInfo and google.rpc.BadRequest in it.

import { type ErrorCode, errorCodes, errorDomain, grpcStatus, HelpdeskError } from './errors.ts'
import { BadRequest, ErrorInfo } from './gen/google/rpc/error_details.ts'
import { Status } from './gen/google/rpc/status.ts'

export { BadRequest, ErrorInfo, Status }

/** The trailing metadata of a failed call that holds its encoded Status. */
export const statusDetailsKey = 'grpc-status-details-bin'

const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`

/** The code as ErrorInfo's reason, the details as its metadata, and bad fields in BadRequest. */
export function encodeError(error: HelpdeskError): Buffer {
  const info = ErrorInfo.encode({
    reason: error.code,
    domain: errorDomain,
    metadata: Object.fromEntries(Object.entries(error.details).map(([key, value]) => [key, String(value)])),
  }).finish()
  const fields = BadRequest.encode({
    field_violations: error.fields.map(({ path, code, message }) => ({
      field: path,
      description: message,
      reason: code,
      localized_message: null,
    })),
  }).finish()
  const details = [{ type_url: typeUrl('ErrorInfo'), value: Buffer.from(info) }]
  if (error.fields.length > 0) details.push({ type_url: typeUrl('BadRequest'), value: Buffer.from(fields) })
  const code = grpcStatus[errorCodes[error.code].grpc]
  return Buffer.from(Status.encode({ code, message: error.message, details }).finish())
}

/** The error in an encoded Status; undefined when it is none of ours. */
export function decodeError(bytes: Uint8Array, cause?: unknown): HelpdeskError | undefined {
  const { message, details } = Status.decode(bytes)
  const detailOf = (name: string) => details.find(({ type_url }) => type_url === typeUrl(name))?.value
  const info = detailOf('ErrorInfo')
  if (!info) return undefined
  const { reason, domain, metadata } = ErrorInfo.decode(info)
  if (domain !== errorDomain || !(reason in errorCodes)) return undefined
  const badRequest = detailOf('BadRequest')
  const fields = badRequest ? BadRequest.decode(badRequest).field_violations : []
  return new HelpdeskError(reason as ErrorCode, message, {
    fields: fields.map(({ field, reason, description }) => ({ path: field, code: reason, message: description })),
    details: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value]),
    ),
    cause,
  })
}
