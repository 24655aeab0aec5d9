import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'

// Milliseconds. With prom-client's 10 an idle process spends 0.8 % of a core on it.
collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 })

export { register }

/** Seconds a method took in this process, with the code of its error or none. */
export const rpcDuration = new Histogram({
  name: 'rpc_server_call_duration_seconds',
  help: 'How long gRPC methods took',
  labelNames: ['rpc_method', 'error_type'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
})

const unpublished = new Gauge({ name: 'outbox_unpublished', help: 'Events that wait to be published, up to 100,000' })
const oldest = new Gauge({ name: 'outbox_oldest_seconds', help: 'How long the oldest of them has waited' })
const unrecorded = new Gauge({
  name: 'outbox_unrecorded',
  help: 'Published events that are not known to be in the audit log, up to 100,000',
})
const republished = new Counter({
  name: 'outbox_republished_total',
  help: 'Events published again because they got lost on their way to the audit log',
})

export function setOutboxBacklog(backlog: { unpublished: number; oldest_seconds: number; unrecorded: number }): void {
  unpublished.set(backlog.unpublished)
  oldest.set(backlog.oldest_seconds)
  unrecorded.set(backlog.unrecorded)
}

export const countRepublished = (events: number): void => republished.inc(events)

const deadLetters = new Gauge({
  name: 'dead_letters',
  help: 'Events that a consumer could not handle and that wait for an operator, up to 100,000',
  labelNames: ['consumer'],
})

export function setDeadLetters(counts: readonly { consumer: string; count: number }[]): void {
  deadLetters.reset()
  for (const { consumer, count } of counts) deadLetters.set({ consumer }, count)
}
