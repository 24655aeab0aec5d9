import { collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client'

collectDefaultMetrics()

export { register }

/** Seconds a method took in this process, with the code of its error or none. */
export const rpcDuration = new Histogram({
  name: 'rpc_server_call_duration_seconds',
  help: 'How long gRPC methods took',
  labelNames: ['rpc_method', 'error_type'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
})

const unpublished = new Gauge({ name: 'outbox_unpublished', help: 'Events that wait to be published' })
const oldest = new Gauge({ name: 'outbox_oldest_seconds', help: 'How long the oldest of them has waited' })

export function setOutboxBacklog(backlog: { unpublished: number; oldest_seconds: number }): void {
  unpublished.set(backlog.unpublished)
  oldest.set(backlog.oldest_seconds)
}
