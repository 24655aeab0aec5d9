import type { Sql, Tx } from '@helpdesk/postgres'
import { decodeEvent } from './event.ts'

interface PoisonMessage {
  subject: string
  payload: Uint8Array
  /** Names the event where its payload does not. */
  messageId: string
}

/** Keeps a message that a consumer cannot handle, with the reason. */
export async function park(sql: Sql | Tx, consumer: string, message: PoisonMessage, error: unknown): Promise<void> {
  // helpdesk.events.v1.<tenant_id>.<resource>.<verb>
  const tenantId = Number(message.subject.split('.')[3])
  const letter = {
    tenant_id: Number.isSafeInteger(tenantId) ? tenantId : 0,
    consumer,
    event_id: eventIdOf(message),
    subject: message.subject,
    // PostgreSQL text holds no NUL.
    payload: Buffer.from(message.payload).toString().replaceAll('\u0000', '\ufffd'),
    error: String(error instanceof Error ? error.stack : error),
  }
  await sql`insert into dead_letters ${sql(letter)} on conflict do nothing`
}

function eventIdOf({ payload, messageId }: PoisonMessage): string {
  try {
    return decodeEvent(payload).id
  } catch {
    return messageId
  }
}
