// A durable subscriber: prints every event once, and goes on where it stopped when it is started again.
//
//   npm run example:events -- [filter] [durable]
//
// `filter` is a NATS subject: `helpdesk.events.v1.*.tag.>` takes every tenant's tags, `helpdesk.events.v1.7.>` all of
// tenant 7. The server is NATS_URL, or that of the local system. A user made with `npm run admin -- nats-user` has one
// durable consumer, of his own name.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AckPolicy, connect, DeliverPolicy } from 'nats'

if (process.argv[2] === '--help') {
  console.log('Usage: npm run example:events -- [filter] [durable]')
  process.exit()
}
const { host, username, password } = new URL(process.env.NATS_URL ?? localNatsUrl())
const [filter = 'helpdesk.events.>', durable = username || 'example-subscriber'] = process.argv.slice(2)

const connection = await connect({
  servers: host,
  // A user may listen to answers in an inbox of his own only.
  ...(username && { user: username, pass: password, inboxPrefix: `_INBOX_${username}` }),
  name: durable,
  maxReconnectAttempts: -1,
})
const manager = await connection.jetstreamManager()
// Adding a consumer that is there already, with the same settings, keeps its position.
await manager.consumers.add('HELPDESK_EVENTS', {
  durable_name: durable,
  filter_subject: filter,
  deliver_policy: DeliverPolicy.All,
  ack_policy: AckPolicy.Explicit,
})
const consumer = await connection.jetstream().consumers.get('HELPDESK_EVENTS', durable)
const messages = await consumer.consume({ max_messages: 100 })

let stopping = false
const stop = () => {
  stopping = true
  void messages.close()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
console.error(`Listening to ${filter} as ${durable}; Ctrl-C stops.`)

for await (const message of messages) {
  if (stopping) break
  const event = message.json<{ id: string; type: string; subject: string }>()
  // Deliveries may repeat: what you do here should be safe to do twice, or remember event.id.
  console.log(JSON.stringify(event))
  message.ack()
}
await connection.drain()

function localNatsUrl(): string {
  try {
    const folder = process.env.HELPDESK_FOLDER ?? join(import.meta.dirname, '../../.helpdesk')
    return JSON.parse(readFileSync(join(folder, 'local.json'), 'utf8')).nats_url
  } catch {
    console.error('There is no local system here: start one with npm start, or set NATS_URL.')
    process.exit(1)
  }
}
