import { HelpdeskError, invalidField } from '@helpdesk/proto/errors'
import type { TicketsServiceService } from '@helpdesk/proto/tickets'
import type { GrpcClient, OutgoingCall } from './grpc-client.ts'

type People = Pick<GrpcClient<TicketsServiceService>, 'getAgent' | 'getRequester'>

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
