import { isTransient, type Sql, type Tx } from '@helpdesk/postgres'
import type { DomainEvent } from '@helpdesk/proto/events'
import type { BusLog } from './bus.ts'
import { textOfError } from './dead-letters.ts'
import { decodeEvent } from './event.ts'
import { pause } from './leader.ts'

interface ReplayOptions {
  sql: Sql
  consumer: string
  /** Runs work in a transaction of the consumer's, as for an event from the stream. */
  transact: (work: (tx: Tx) => Promise<void>) => Promise<void>
  handle: (tx: Tx, event: DomainEvent) => Promise<void>
  log: BusLog
}

interface Letter {
  tenant_id: number
  consumer: string
  event_id: string
  payload: string
}

const lookMs = 1_000

/**
 * Until the signal aborts, handles the dead letters that an operator has marked for replay, the oldest first. A letter
 * goes in the transaction that handles its event; one that fails stays, with the new error and without the mark.
 */
export async function replayMarked(options: ReplayOptions, signal: AbortSignal): Promise<void> {
  const { consumer, log } = options
  while (!signal.aborted) {
    try {
      if (await replayNext(options)) continue
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, consumer }, 'Dead letters cannot be looked through')
    }
    await pause(lookMs, signal)
  }
}

/** False when none is marked. */
async function replayNext({ sql, consumer, transact, handle, log }: ReplayOptions): Promise<boolean> {
  const letter = await readMarked(sql, consumer)
  if (!letter) return false
  const { event_id, payload } = letter
  try {
    await transact(async (tx) => {
      // Another instance may have been faster, or the operator have dropped it.
      if (await remove(tx, letter)) await handle(tx, decodeEvent(Buffer.from(payload)))
    })
    log.info({ consumer, event_id }, 'A dead letter was replayed')
  } catch (error) {
    if (isTransient(error)) throw error
    log.error({ err: error, consumer, event_id }, 'A dead letter could not be replayed')
    await transact((tx) => keep(tx, letter, error))
  }
  return true
}

async function readMarked(sql: Sql, consumer: string): Promise<Letter | undefined> {
  const [letter] = await sql<Letter[]>`
    select tenant_id, consumer, event_id, payload
      from dead_letters
     where consumer = ${consumer} and replay_requested_at is not null
     order by parked_at, event_id
     limit 1`
  return letter
}

async function remove(tx: Tx, { tenant_id, consumer, event_id }: Letter): Promise<boolean> {
  const { count } = await tx`
    delete from dead_letters
     where tenant_id = ${tenant_id} and consumer = ${consumer} and event_id = ${event_id}
       and replay_requested_at is not null`
  return count === 1
}

async function keep(tx: Tx, { tenant_id, consumer, event_id }: Letter, error: unknown): Promise<void> {
  await tx`
    update dead_letters
       set error = ${textOfError(error)}, tries = tries + 1, replay_requested_at = null
     where tenant_id = ${tenant_id} and consumer = ${consumer} and event_id = ${event_id}`
}
