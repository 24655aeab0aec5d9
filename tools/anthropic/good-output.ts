import type { MessagesRequest } from './stand-in.ts'

/** What a good model would answer to each hook, told apart by the schema it asks for. Ids are those of the request. */
export function goodOutput({ output_config, messages }: MessagesRequest): unknown {
  const asked = Object.keys(output_config.format.schema.properties)
  const good = goodOutputs(messages[0]?.content ?? '').find((output) => asked.every((name) => name in output))
  if (!good) throw new Error(`No hook asks for ${asked.join(', ')}`)
  return good
}

const goodOutputs = (user: string): object[] => [
  {
    suggestions: [
      'Your parcel is on its way and arrives on Friday.',
      'I am sorry for the wait. Shall I send the order again?',
      'Could you tell me the order number, please?',
    ],
  },
  {
    problem: 'The order has not arrived.',
    tried: 'The requester looked at the tracking page.',
    done: 'Nothing yet.',
    next_step: 'Ask the carrier where the parcel is.',
  },
  {
    help_topic_id: sentId(user, 'help_topic_id'),
    queue_id: sentId(user, 'queue_id'),
    confidence: 0.86,
    reasoning: 'It is about a delivery.',
  },
  { overall: 'frustrated', confidence: 0.8, signals: ['asks for the second time', 'mentions a refund'] },
  { eta_hours: 24, risk: 'medium', next_action: 'Ask the carrier.', blockers: ['The carrier has not answered.'] },
  {
    text: 'Hello {{requester.first_name}},\n\nwe are sorry that {{ticket.reference}} took so long.\n\n{{agent.first_name}}',
  },
  {
    gaps: [
      {
        title: 'Delivery times',
        question: 'How long does a delivery take?',
        ticket_ids: sentIds(user, 'ticket_id').slice(0, 2),
      },
    ],
  },
  {
    statements: [{ text: 'The newest entry answers the question.', entry_ids: sentIds(user, 'entry_id').slice(0, 1) }],
  },
  // Of a key that is verified.
  { yes: true },
]

/** The ids that a request's data blocks name, as `"ticket_id": 17`. */
const sentIds = (user: string, name: string): number[] =>
  [...user.matchAll(new RegExp(`"${name}": ?(\\d+)`, 'g'))].map(([, id]) => Number(id))

const sentId = (user: string, name: string): number | null => sentIds(user, name)[0] ?? null
