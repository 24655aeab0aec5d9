import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js'
import { type ErrorCode, errorCodes, grpcStatus, HelpdeskError } from '@helpdesk/proto/errors'
import { decodeError, encodeError, statusDetailsKey } from '@helpdesk/proto/google-rpc'

/** The gRPC status of an error, with its details beside it. */
export function toStatus(error: HelpdeskError): Partial<StatusObject> {
  const metadata = new Metadata()
  metadata.set(statusDetailsKey, encodeError(error))
  return { code: grpcStatus[errorCodes[error.code].grpc], details: error.message, metadata }
}

/** The error behind a failed call. What did not come from one of our services becomes `unavailable` or the like. */
export function fromStatus(error: ServiceError): HelpdeskError {
  const [bytes] = error.metadata?.get(statusDetailsKey) ?? []
  const told = bytes instanceof Buffer ? decodeError(bytes, error) : undefined
  return told ?? new HelpdeskError(codeOf(error.code), messageOf(error.code), { cause: error })
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
