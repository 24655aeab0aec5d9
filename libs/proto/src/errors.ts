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

/**
 * How many bytes of UTF-8 an error says about bad fields. Over gRPC it travels in headers, of which some clients take no
 * more than 8 KiB: the message in each of two, percent-encoded in one, and all else in base64.
 */
const most = { path: 200, message: 300, fields: 3_000, summary: 500 }

/** The error for bad fields. It names as many as fit, up to 50, and says in `more_fields` how many it leaves out. */
export function invalidFields(all: readonly FieldViolation[]): HelpdeskError {
  const fields: FieldViolation[] = []
  let bytes = 0
  for (const { path, code, message } of all.slice(0, 50)) {
    const field = { path: cut(path, most.path), code, message: cut(message, most.message) }
    bytes += Buffer.byteLength(field.path + field.code + field.message)
    if (bytes > most.fields) break
    fields.push(field)
  }
  const left = all.length - fields.length
  const summary = fields.map(({ path, message }) => `${path}: ${message}`).join(' ')
  return new HelpdeskError('validation_failed', cut(summary, most.summary), {
    fields,
    ...(left > 0 && { details: { more_fields: left } }),
  })
}

/** Never within a character. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const start = Buffer.from(text).subarray(0, bytes - 3)
  return `${start.toString().replace(/\ufffd+$/, '')}...`
}

/** The error for one bad field. */
export const invalidField = (path: string, code: string, message: string) => invalidFields([{ path, code, message }])
