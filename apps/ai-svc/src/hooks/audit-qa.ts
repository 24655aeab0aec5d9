import type { AskAuditRequest } from '@helpdesk/proto/ai'
import { type Entry, ListEntriesRequest } from '@helpdesk/proto/audit'
import { askAudit } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { asPeer } from '../context/as-peer.ts'
import { clip, fit, spell } from '../context/data-block.ts'
import { safeLine } from '../output/safe-text.ts'
import { readPrompt } from '../prompts/read-prompt.ts'
import type { Hook } from './hook.ts'

const prompt = readPrompt('audit-qa@1')
const statement = z.strictObject({ text: z.string().min(1), entry_ids: z.array(z.number()) })

export const auditQa: Hook<AskAuditRequest> = {
  name: 'audit-qa',
  schema: askAudit,
  async prepare(ai, { question }, call) {
    const { data, total_count } = await ai.audit.listEntries(
      ListEntriesRequest.fromPartial({ limit: 200 }),
      asPeer(call),
    )
    const entries = fit(data.map(entryData), 40_000)
    const eventIds = new Map(data.slice(0, entries.length).map(({ id, event_id }) => [id, event_id]))
    // A statement that rests on entries which were not sent is made up; one that rests on none says that none helps.
    const holds = ({ entry_ids }: z.infer<typeof statement>) =>
      entry_ids.length === 0 || entry_ids.some((id) => eventIds.has(id))
    const output = z.strictObject({
      statements: z.array(statement).refine((all) => all.some(holds), 'No statement names an entry that was sent'),
    })
    const sources = [question, ...entries.map((entry) => spell(entry))]
    return prompt({
      max_tokens: 3_000,
      data: {
        question: { question, now: new Date().toISOString() },
        audit_log: { entries, older_entries_left_out: total_count - entries.length },
      },
      output,
      result: ({ statements }) => {
        const kept = statements.filter(holds)
        const cited = kept.flatMap(({ entry_ids }) => entry_ids.flatMap((id) => eventIds.get(id) ?? []))
        return {
          text: kept.map(({ text }) => safeLine(text, sources, 1_000)).join('\n'),
          citations: [...new Set(cited)],
        }
      },
    })
  },
}

/** What the model is shown of an entry. Its data may be long, and says most at its beginning. */
const entryData = ({ id, event_key, actor_kind, actor_id, via, resource_type, resource_id, ...entry }: Entry) => ({
  entry_id: id,
  time: entry.created_at?.toISOString(),
  event: event_key,
  actor: `${actor_kind}:${actor_id}`,
  ...(via && { via }),
  resource: `${resource_type}:${resource_id}`,
  ...(entry.ticket_id && { ticket_id: entry.ticket_id }),
  ...(entry.data && { data: clip(spell(entry.data), 150) }),
})
