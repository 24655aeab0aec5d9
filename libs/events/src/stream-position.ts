import type { Sql, Tx } from '@helpdesk/postgres'
import type { JetStreamManager, StreamInfo } from 'nats'
import { isMissing, streamName } from './bus.ts'

/** The last message that a consumer has handled, or that a relay was told the stream has. */
export interface StreamPosition {
  /** Tells a stream from one made anew under its name. */
  stream_created: string
  /** 0 before the first. */
  stream_seq: number
  /** The message's Nats-Msg-Id; empty when it has none. */
  message_id: string
}

export const startOf = ({ created }: StreamInfo): StreamPosition => ({
  stream_created: created,
  stream_seq: 0,
  message_id: '',
})

/** `name` is the consumer's or the relay's. */
export async function readPosition(sql: Sql, name: string): Promise<StreamPosition | undefined> {
  const [position] = await sql<StreamPosition[]>`
    select stream_created, stream_seq, message_id from stream_positions where consumer = ${name}`
  return position
}

/** A statement, or the end of one that begins with `with`. Does nothing on a connection that lost the lock. */
export const savePosition = (sql: Sql | Tx, pid: number, name: string, position: StreamPosition) => sql`
  insert into stream_positions (consumer, stream_created, stream_seq, message_id)
  select ${name}, ${position.stream_created}, ${position.stream_seq}::bigint, ${position.message_id}
   where pg_backend_pid() = ${pid}
  on conflict (consumer) do update
    set stream_created = excluded.stream_created,
        stream_seq = excluded.stream_seq,
        message_id = excluded.message_id`

/**
 * True when the stream still has what it had at a position. False when it was made anew, or lost its end: after a power
 * cut, or restored from an older copy, it gives sequence numbers a second time.
 */
export async function isSameStream(manager: JetStreamManager, info: StreamInfo, position: StreamPosition) {
  if (info.created !== position.stream_created || position.stream_seq > info.state.last_seq) return false
  const isPastRetention = position.stream_seq < info.state.first_seq
  if (isPastRetention || !position.message_id) return true
  try {
    const { header } = await manager.streams.getMessage(streamName, { seq: position.stream_seq })
    return header.get('Nats-Msg-Id') === position.message_id
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
