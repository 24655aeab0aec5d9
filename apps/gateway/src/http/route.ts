import type { AiServiceService } from '@helpdesk/proto/ai'
import type { AuditServiceService } from '@helpdesk/proto/audit'
import type { CatalogServiceService } from '@helpdesk/proto/catalog'
import type { TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Scope } from '@helpdesk/proto/values'
import type { GrpcClient, OutgoingCall } from '@helpdesk/service'
import type { z } from 'zod'

/** The services behind the gateway. */
export interface Services {
  tickets: GrpcClient<TicketsServiceService>
  catalog: GrpcClient<CatalogServiceService>
  audit: GrpcClient<AuditServiceService>
  ai: GrpcClient<AiServiceService>
}

/** What a route works with: everything checked, ids read from the path. */
export interface RouteInput<Query, Body> {
  /** `{id}` of the path; 0 where the path holds a reference instead. */
  id: number
  /** A ticket's reference, where the path held one. */
  reference: string | null
  query: Query
  body: Body
}

/**
 * One route: the router, the checks and the OpenAPI document all come from it.
 * `path` is below /api/v1/helpdesk; `{id}` in it is an id, `{ticket}` an id or a reference.
 */
export interface Route<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  method: 'get' | 'post'
  path: string
  scope: Scope
  /** Names the operation in the document, and in clients made from it. */
  operation: string
  summary: string
  description?: string
  /** The RPC behind it, `package.Service/Method`. */
  rpc: string
  query?: Query
  body?: Body
  /** A body that may be absent, as in a delete. */
  bodyOptional?: boolean
  /** How the answer is wrapped: `{data}`, a page, or as it is (AI hooks). */
  envelope: 'one' | 'list' | 'hook'
  /** 200 unless said. */
  status?: 201
  /** The shape of the resource, of a list's item, or of a hook's whole answer. */
  response: z.ZodType
  handle: (services: Services, input: RouteInput<z.infer<Query>, z.infer<Body>>, call: OutgoingCall) => Promise<object>
}

/** Ties a route's schemas to its handler's types. */
export const route = <Query extends z.ZodType, Body extends z.ZodType>(definition: Route<Query, Body>): Route =>
  definition as unknown as Route
