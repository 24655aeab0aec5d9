import type { Sql, Tx } from '@helpdesk/postgres'
import type { JsMsg } from 'nats'
import { decodeEvent, isId } from './event.ts'

/** A message that a consumer cannot handle, kept until an operator has it replayed or drops it. */
export interface DeadLetter {
  tenant_id: number
  consumer: string
  /** `seq-` and its number in the stream where the message names no event. */
  event_id: string
  subject: string
  /** Why the last try failed. */
  error: string
  /** How often the consumer has tried, replays counted in. */
  tries: number
  parked_at: Date
  /** Null once the consumer has taken it up. */
  replay_requested_at: Date | null
}

/** How many messages wait for an operator, counted up to 100,000. A consumer without any is not there. */
export const countDeadLetters = (sql: Sql) => sql<{ consumer: string; count: number }[]>`
  select consumer, count(*)
    from (select consumer from dead_letters limit 100000) as counted
   group by consumer`

/** The oldest first. */
export const listDeadLetters = (sql: Sql, limit: number) => sql<DeadLetter[]>`
  select ${columns(sql)}
    from dead_letters
   order by parked_at, event_id
   limit ${limit}`

/** Marks an event, or all, for the consumers to take up. Gives what it marked. */
export const requestReplay = (sql: Sql, eventId?: string) => sql<DeadLetter[]>`
  update dead_letters
     set replay_requested_at = now()
   ${eventId === undefined ? sql`` : sql`where event_id = ${eventId}`}
  returning ${columns(sql)}`

/** Gives what it dropped. */
export const dropDeadLetter = (sql: Sql, eventId: string) => sql<DeadLetter[]>`
  delete from dead_letters
   where event_id = ${eventId}
  returning ${columns(sql)}`

const columns = (sql: Sql) => sql`
  tenant_id, consumer, event_id, subject, error, tries, parked_at, replay_requested_at`

/** Keeps a message that a consumer has tried so often. One that is there already stays where it is, with the new error. */
export async function park(
  sql: Sql | Tx,
  consumer: string,
  message: JsMsg,
  { error, tries }: { error: unknown; tries: number },
): Promise<void> {
  // helpdesk.events.v1.<tenant_id>.<resource>.<verb>
  const tenantId = Number(message.subject.split('.')[3])
  const letter = {
    tenant_id: Number.isSafeInteger(tenantId) ? tenantId : 0,
    consumer,
    event_id: idOf(message),
    subject: asText(message.subject),
    payload: asText(Buffer.from(message.data).toString()),
    error: textOfError(error),
    tries,
  }
  await sql`
    insert into dead_letters ${sql(letter)}
    on conflict (tenant_id, consumer, event_id) do update
      set error = excluded.error, tries = dead_letters.tries + excluded.tries`
}

/** The event's id, or what else a message that is none can be named by. */
export function idOf(message: JsMsg): string {
  try {
    return decodeEvent(message.data).id
  } catch {
    const messageId = message.headers?.get('Nats-Msg-Id') ?? ''
    return isId(messageId) ? messageId : `seq-${message.seq}`
  }
}

export const textOfError = (error: unknown): string =>
  asText(String(error instanceof Error ? (error.stack ?? error) : error))

// PostgreSQL text holds no NUL.
const asText = (text: string) => text.replaceAll('\u0000', '\ufffd')
