// The google.rpc messages that carry our errors over gRPC.

export { BadRequest, ErrorInfo } from './gen/google/rpc/error_details.ts'
export { Status } from './gen/google/rpc/status.ts'
