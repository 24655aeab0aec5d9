import type { Call } from '@helpdesk/proto/call'
import { ListMessagesRequest, type Message } from '@helpdesk/proto/tickets'
import type { Ai } from '../service.ts'
import { asPeer } from './as-peer.ts'
import { clip, countTokens, spell, visible } from './data-block.ts'

/** What the model is shown of a message: who wrote it by role and name, but no address and no id. */
export interface ThreadMessage {
  kind: string
  from: string
  name?: string
  at: string
  text: string
}

export interface Thread {
  /** Oldest first. */
  messages: ThreadMessage[]
  /** How many there are between the first and the next, unless they are all here. */
  left_out_after_first?: number | string
}

export interface ThreadOptions {
  /** What the messages may take together. */
  tokens: number
  /** Public replies only: no notes, no system events. */
  publicOnly?: boolean
  /** Only what this kind of author wrote. */
  from?: string
}

/**
 * The first message of a thread and as many of the newest ones as the budget allows. One that alone would take more than
 * a quarter of the budget is cut short, so that a long first message leaves room for what came last.
 */
export async function readThread(ai: Ai, id: number, call: Call, options: ThreadOptions): Promise<Thread> {
  const { tokens, publicOnly, from } = options
  const list = { id, ...(publicOnly && { kind: 'reply' }) }
  const wanted = (message: Message) => !from || message.author?.kind === from
  const opening = await ai.tickets.listMessages(ListMessagesRequest.fromPartial({ ...list, limit: 1 }), asPeer(call))
  const [first] = opening.data
  if (!first) return { messages: [] }
  const head = wanted(first) ? [fitting(first, tokens / 4)] : []
  let left = tokens - costOf(head)
  const newest: ThreadMessage[] = []
  for await (const message of newestFirst(ai, list, call)) {
    if (message.id === first.id) return { messages: [...head, ...newest.toReversed()] }
    if (!wanted(message)) continue
    const next = fitting(message, tokens / 4)
    left -= costOf([next])
    if (left < 0) break
    newest.push(next)
  }
  const others = opening.total_count - head.length - newest.length
  const exact = !from && !opening.total_count_capped
  return { messages: [...head, ...newest.toReversed()], left_out_after_first: exact ? others : 'some' }
}

/** Threads longer than this keep what they have so far: 2,000 messages that the budget did not stop are next to empty. */
const mostPages = 20

async function* newestFirst({ tickets }: Ai, list: object, call: Call): AsyncGenerator<Message> {
  let cursor: string | null | undefined
  for (let page = 0; page < mostPages; page++) {
    const request = ListMessagesRequest.fromPartial({ ...list, limit: 100, newest_first: true, cursor })
    const { data, next_cursor } = await tickets.listMessages(request, asPeer(call))
    yield* data
    if (!next_cursor) return
    cursor = next_cursor
  }
}

/** A message in no more than so many tokens, as it will be spelt. */
function fitting({ kind, author, created_at, body_md, data }: Message, most: number): ThreadMessage {
  const message: ThreadMessage = {
    kind,
    from: author?.kind ?? 'system',
    ...(author?.name && { name: author.name }),
    at: created_at?.toISOString() ?? '',
    text: visible(body_md ?? JSON.stringify(data ?? {})),
  }
  const { text } = message
  // JSON spells some characters with up to six.
  for (let room = most; costOf([message]) > most && room > 1; room *= 0.7) message.text = clip(text, Math.floor(room))
  return message
}

const costOf = (messages: ThreadMessage[]): number => countTokens(spell(messages))
