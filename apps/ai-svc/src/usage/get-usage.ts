import type { DailyUsage, GetUsageRequest, MonthlySpend, Usage } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import { getAiUsage as schema, validate } from '@helpdesk/proto/schemas'
import type { Ai } from '../service.ts'
import { centsOf } from '../spend/prices.ts'

/** Amounts in millionths of a US cent. */
type DayRow = Omit<DailyUsage, 'cost_cents'> & { cost: number }
type MonthRow = Pick<MonthlySpend, 'cap_cents'> & { cost: number; reserved: number }

export async function getUsage({ sql }: Ai, request: GetUsageRequest, { tenantId }: Call): Promise<Usage> {
  const days = validate(schema, request).days ?? 30
  const [rows, [month]] = await Promise.all([
    sql<DayRow[]>`
      select to_char(date, 'YYYY-MM-DD') as date, hook, count(*) as calls, count(error) as failures,
             sum(prompt_tokens)::bigint as prompt_tokens, sum(completion_tokens)::bigint as completion_tokens,
             sum(cost)::bigint as cost
        from calls
       where tenant_id = ${tenantId} and date > (now() at time zone 'utc')::date - ${days}::int
       group by date, hook
       order by date desc, hook`,
    sql<[MonthRow]>`
      select coalesce(cost, 0) as cost, coalesce(reserved, 0) as reserved, monthly_cap_cents as cap_cents
        from (select ${tenantId}::bigint as tenant_id) as tenant
        left join configs using (tenant_id)
        left join spend on spend.tenant_id = tenant.tenant_id
                       and month = date_trunc('month', now() at time zone 'utc')`,
  ])
  return {
    days: rows.map(({ cost, ...day }) => ({ ...day, cost_cents: centsOf(cost) })),
    month: { cost_cents: centsOf(month.cost), reserved_cents: centsOf(month.reserved), cap_cents: month.cap_cents },
  }
}
