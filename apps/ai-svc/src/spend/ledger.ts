// The bill: every attempt is reserved at its worst case before it is sent and settled after, each in one statement.

import type { Sql, Tx } from '@helpdesk/postgres'

/** An attempt of a call, and the day (UTC, YYYY-MM-DD) that the call began. */
export interface AttemptId {
  tenantId: number
  callId: string
  date: string
  number: number
}

const monthOf = (date: string) => `${date.slice(0, 7)}-01`

/**
 * Holds back the most that an attempt can cost, in millionths of a US cent. False, and nothing done, when that could
 * pass the cap: attempts under way count at their worst case, so no number of parallel ones passes it.
 */
export async function reserve(sql: Sql | Tx, attempt: AttemptId, amount: number): Promise<boolean> {
  const { tenantId, callId, date, number } = attempt
  const month = monthOf(date)
  const rows = await sql`
    with cap as (
      select coalesce((select monthly_cap_cents * 1000000 from configs where tenant_id = ${tenantId}),
                      9223372036854775807) as most
    ), held as (
      insert into spend (tenant_id, month, reserved)
      select ${tenantId}, ${month}, ${amount} from cap where ${amount}::bigint <= cap.most
      on conflict (tenant_id, month)
      do update set reserved = spend.reserved + excluded.reserved
       where spend.cost + spend.reserved + excluded.reserved <= (select most from cap)
      returning tenant_id, month
    )
    insert into attempts (tenant_id, call_id, number, month, reserved)
    select tenant_id, ${callId}, ${number}, month, ${amount} from held
    returning number`
  return rows.length > 0
}

export interface Settlement {
  /** What the attempt cost, in millionths of a US cent; null when nobody knows: then it stays spent at its worst case. */
  cost: number | null
  /** `answered`, or why it failed. */
  outcome: string
  prompt_tokens: number
  completion_tokens: number
}

/** Turns what was reserved into what it cost. Does nothing to an attempt that is settled. */
export async function settle(
  sql: Sql | Tx,
  { tenantId, callId, number }: Omit<AttemptId, 'date'>,
  { cost, outcome, prompt_tokens, completion_tokens }: Settlement,
): Promise<void> {
  await sql`
    with settled as (
      update attempts
         set cost = coalesce(${cost}, reserved), outcome = ${outcome},
             prompt_tokens = ${prompt_tokens}, completion_tokens = ${completion_tokens}
       where tenant_id = ${tenantId} and call_id = ${callId} and number = ${number} and outcome is null
      returning tenant_id, month, reserved, cost
    )
    update spend
       set reserved = spend.reserved - settled.reserved, cost = spend.cost + settled.cost
      from settled
     where spend.tenant_id = settled.tenant_id and spend.month = settled.month`
}

/** Settles at its worst case what a call has left open: nobody will ever know what it cost. */
export async function settleLost(tx: Tx, tenantId: number, callId: string): Promise<void> {
  await tx`
    with lost as (
      update attempts
         set cost = reserved, outcome = 'lost'
       where tenant_id = ${tenantId} and call_id = ${callId} and outcome is null
      returning tenant_id, month, reserved
    )
    update spend
       set reserved = spend.reserved - lost.amount, cost = spend.cost + lost.amount
      from (select tenant_id, month, sum(reserved)::bigint as amount from lost group by tenant_id, month) as lost
     where spend.tenant_id = lost.tenant_id and spend.month = lost.month`
}

/** Counts one more call of this caller on this day. False, and not counted, past the tenant's limit. */
export async function countCall(
  sql: Sql | Tx,
  { tenantId, caller, date }: { tenantId: number; caller: string; date: string },
): Promise<boolean> {
  const rows = await sql`
    with rate as (
      select coalesce((select rate_per_key_per_day from configs where tenant_id = ${tenantId}), 2147483647) as most
    )
    insert into daily_calls (tenant_id, caller, date, calls)
    select ${tenantId}, ${caller}, ${date}, 1 from rate where most > 0
    on conflict (tenant_id, caller, date)
    do update set calls = daily_calls.calls + 1
     where daily_calls.calls < (select most from rate)
    returning calls`
  return rows.length > 0
}
