import { actorKinds } from '../src/call.ts'
import { type EventType, eventCatalogue } from '../src/events.ts'
import { ordered, type Samples, type Schema } from './event-schemas.ts'

interface AsyncApiOptions {
  /** That of the contract. */
  version: string
  /** By the name of the message. */
  schemas: Record<string, Schema>
  samples: Samples
}

/** The AsyncAPI 3 document of the event stream. */
export function asyncApiDocument({ version, schemas, samples }: AsyncApiOptions): object {
  const types = Object.entries(eventCatalogue) as [EventType, (typeof eventCatalogue)[EventType]][]
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'helpdesk events',
      version,
      description: introduction,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      types.map(([type, { summary }]) => [
        type,
        {
          address: `helpdesk.events.v1.{tenant_id}.${type}`,
          summary,
          parameters: { tenant_id: { $ref: '#/components/parameters/tenant_id' } },
          messages: { [type]: { $ref: `#/components/messages/${type}` } },
        },
      ]),
    ),
    operations: Object.fromEntries(
      types.map(([type, { summary }]) => [
        type,
        {
          action: 'send',
          summary,
          channel: { $ref: `#/channels/${type}` },
          messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
        },
      ]),
    ),
    components: {
      parameters: { tenant_id: { description: 'The number of the tenant whose event it is.' } },
      messages: Object.fromEntries(
        types.map(([type, { producer, data, summary }]) => [
          type,
          {
            name: type,
            summary,
            payload: {
              allOf: [
                { $ref: '#/components/schemas/Event' },
                {
                  type: 'object',
                  properties: {
                    type: { const: type },
                    source: { const: `/helpdesk/${producer}` },
                    data: { $ref: `#/components/schemas/${data}` },
                  },
                },
              ],
            },
            ...(samples[type] && { examples: [{ payload: ordered(samples[type], event) }] }),
          },
        ]),
      ),
      schemas: { Event: event, ...schemas },
    },
  }
}

const introduction = `
What happens in the help desk, told on the JetStream stream \`HELPDESK_EVENTS\` as CloudEvents 1.0 in structured mode.
Events come at least once: remember their ids, or do what is safe to do twice. The events of one resource come in the
order of its changes. Fields may be added; ignore those that you do not know.
`.trim()

/** The CloudEvents envelope: `DomainEvent`. */
const event: Schema = {
  type: 'object',
  required: [
    'specversion',
    'id',
    'type',
    'source',
    'subject',
    'time',
    'datacontenttype',
    'tenantid',
    'actorkind',
    'actorid',
    'via',
    'requestid',
    'data',
  ],
  properties: {
    specversion: { const: '1.0' },
    id: {
      type: 'string',
      pattern: '^evt_[0-9A-HJKMNP-TV-Z]{26}$',
      description: 'A ULID; the same over redelivery, and the Nats-Msg-Id.',
    },
    type: { type: 'string', description: '`<resource>.<verb>`' },
    source: { type: 'string', description: 'The service that it comes from.' },
    subject: {
      type: 'string',
      pattern: '^([a-z_]+/[0-9]+|ai/\\w+)$',
      description: '`tickets/1234`; of the AI hooks `ai/<call id>` and `ai/config`',
    },
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { const: 'application/json' },
    tenantid: { type: 'integer', format: 'int64' },
    actorkind: { type: 'string', enum: [...actorKinds] },
    actorid: { type: 'string', description: 'The id of an agent, requester or API key; a name for `system`.' },
    via: { type: 'string', description: 'The API key behind the actor, `api:17`; empty when there is none.' },
    requestid: { type: 'string' },
    traceparent: { type: 'string', description: 'W3C trace context.' },
    data: { type: 'object' },
  },
}
