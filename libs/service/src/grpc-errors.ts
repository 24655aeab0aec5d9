import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js'
import { type ErrorCode, errorCodes, errorDomain, grpcStatus, HelpdeskError } from '@helpdesk/proto/errors'
import { BadRequest, ErrorInfo, Status } from '@helpdesk/proto/google-rpc'

const detailsKey = 'grpc-status-details-bin'
const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`

/** The gRPC status of an error, with its code in google.rpc.ErrorInfo and its bad fields in google.rpc.BadRequest. */
export function toStatus(error: HelpdeskError): Partial<StatusObject> {
  const code = grpcStatus[errorCodes[error.code].grpc]
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
  const metadata = new Metadata()
  metadata.set(detailsKey, Buffer.from(Status.encode({ code, message: error.message, details }).finish()))
  return { code, details: error.message, metadata }
}

/** The error behind a failed call. What did not come from one of our services becomes `unavailable` or the like. */
export function fromStatus(error: ServiceError): HelpdeskError {
  return fromDetails(error) ?? new HelpdeskError(codeOf(error.code), messageOf(error.code), { cause: error })
}

function fromDetails(error: ServiceError): HelpdeskError | undefined {
  const [bytes] = error.metadata?.get(detailsKey) ?? []
  if (!(bytes instanceof Buffer)) return undefined
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
    cause: error,
  })
}

function codeOf(code: status): ErrorCode {
  switch (code) {
    case status.UNAVAILABLE:
    case status.CANCELLED:
      return 'unavailable'
    case status.DEADLINE_EXCEEDED:
      return 'deadline_exceeded'
    case status.RESOURCE_EXHAUSTED:
      return 'payload_too_large'
    default:
      return 'internal'
  }
}

const messageOf = (code: status): string =>
  code === status.DEADLINE_EXCEEDED
    ? 'The service did not answer in time.'
    : 'The service cannot be reached; try again.'
