// The one error type and the one table that maps our codes to gRPC and HTTP.

/** gRPC status codes, https://grpc.io/docs/guides/status-codes/ */
export const grpcStatus = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const

export type GrpcStatus = keyof typeof grpcStatus

/** Every error code, with the gRPC status and the HTTP status it becomes and whether the same call may succeed later. */
export const errorCodes = {
  invalid_json: { grpc: 'INVALID_ARGUMENT', http: 400, retryable: false },
  invalid_cursor: { grpc: 'INVALID_ARGUMENT', http: 400, retryable: false },
  invalid_api_key: { grpc: 'UNAUTHENTICATED', http: 401, retryable: false },
  // A service token is between our services: to a REST client its refusal is our fault, not his.
  invalid_service_token: { grpc: 'UNAUTHENTICATED', http: 500, retryable: false },
  insufficient_scope: { grpc: 'PERMISSION_DENIED', http: 403, retryable: false },
  plan_gated: { grpc: 'PERMISSION_DENIED', http: 403, retryable: false },
  origin_not_allowed: { grpc: 'PERMISSION_DENIED', http: 403, retryable: false },
  not_found: { grpc: 'NOT_FOUND', http: 404, retryable: false },
  route_not_found: { grpc: 'NOT_FOUND', http: 404, retryable: false },
  method_not_allowed: { grpc: 'INVALID_ARGUMENT', http: 405, retryable: false },
  slug_taken: { grpc: 'ALREADY_EXISTS', http: 409, retryable: false },
  conflict: { grpc: 'ABORTED', http: 409, retryable: false },
  ticket_closed: { grpc: 'FAILED_PRECONDITION', http: 409, retryable: false },
  idempotency_in_progress: { grpc: 'ABORTED', http: 409, retryable: true },
  version_mismatch: { grpc: 'FAILED_PRECONDITION', http: 412, retryable: false },
  payload_too_large: { grpc: 'INVALID_ARGUMENT', http: 413, retryable: false },
  unsupported_media_type: { grpc: 'INVALID_ARGUMENT', http: 415, retryable: false },
  validation_failed: { grpc: 'INVALID_ARGUMENT', http: 422, retryable: false },
  idempotency_key_reused: { grpc: 'INVALID_ARGUMENT', http: 422, retryable: false },
  rate_limited: { grpc: 'RESOURCE_EXHAUSTED', http: 429, retryable: true },
  internal: { grpc: 'INTERNAL', http: 500, retryable: false },
  unavailable: { grpc: 'UNAVAILABLE', http: 503, retryable: true },
  deadline_exceeded: { grpc: 'DEADLINE_EXCEEDED', http: 504, retryable: true },
} as const satisfies Record<string, { grpc: GrpcStatus; http: number; retryable: boolean }>

export type ErrorCode = keyof typeof errorCodes

/** One bad field: `path` as a client would write it (`tags.0`, `query.limit`). */
export interface FieldViolation {
  path: string
  code: string
  message: string
}

interface ErrorOptions {
  fields?: FieldViolation[]
  /** Facts a client can act on, such as `current_version`. They cross gRPC in google.rpc.ErrorInfo metadata. */
  details?: Record<string, string | number>
  cause?: unknown
}

/** An error whose code and message are meant for the caller. Anything else that is thrown reaches him as `internal`. */
export class HelpdeskError extends Error {
  override readonly name = 'HelpdeskError'
  readonly code: ErrorCode
  readonly fields: FieldViolation[]
  readonly details: Record<string, string | number>

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.fields = options.fields ?? []
    this.details = options.details ?? {}
  }
}

/** The ErrorInfo domain of every error of ours. */
export const errorDomain = 'helpdesk'

export const notFound = (resource: string) => new HelpdeskError('not_found', `There is no such ${resource}.`)

/** The error for one bad field. */
export const invalidField = (path: string, code: string, message: string) =>
  new HelpdeskError('validation_failed', `${path}: ${message}`, { fields: [{ path, code, message }] })
