import { HelpdeskError, invalidField } from '@helpdesk/proto/errors'
import type { TicketsServiceService } from '@helpdesk/proto/tickets'
import type { GrpcClient, OutgoingCall } from './grpc-client.ts'

type People = Pick<GrpcClient<TicketsServiceService>, 'getAgent' | 'getRequester'>

/**
 * For services that have no people of their own: asks tickets-svc for the agent or requester in whose name a call
 * comes, and nothing when it is an API key's or a system's own.
 * Throws `validation_failed` at metadata.x-actor.
 */
export async function checkActor(tickets: People, call: OutgoingCall): Promise<void> {
  const { kind, id } = call.actor
  if (kind !== 'agent' && kind !== 'requester') return
  await checkPerson(tickets, { kind, id: Number(id) }, 'metadata.x-actor', call)
}

/**
 * Asks tickets-svc for the agent or requester that a request names; before the transaction, which no network call may
 * hold open. Throws `validation_failed` at `path`.
 */
export async function checkPerson(
  tickets: People,
  { kind, id }: { kind: 'agent' | 'requester'; id: number },
  path: string,
  call: OutgoingCall,
): Promise<void> {
  const asked = kind === 'agent' ? tickets.getAgent({ id }, call) : tickets.getRequester({ id }, call)
  const person = await unlessMissing<object>(asked)
  if (!person) throw invalidField(path, 'not_found', `There is no such ${kind}.`)
}

/** What a service answers, or undefined when that is `not_found`. */
export const unlessMissing = <Row>(asked: Promise<Row>): Promise<Row | undefined> =>
  asked.catch((error) => {
    if (error instanceof HelpdeskError && error.code === 'not_found') return undefined
    throw error
  })
