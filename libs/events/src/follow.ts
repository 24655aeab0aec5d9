import type { DomainEvent } from '@helpdesk/proto/events'
import type { Subscription } from 'nats'
import type { Bus, BusLog } from './bus.ts'
import { decodeEvent } from './event.ts'

interface FollowOptions {
  bus: Bus
  subjects: readonly string[]
  handle: (event: DomainEvent) => void
  /** Events may have been missed: the connection was away. */
  onGap: () => void
  log: BusLog
}

/** Shows this process events as they happen, and nothing of the past: for dropping what it caches. */
export function follow({ bus, subjects, handle, onGap, log }: FollowOptions): Disposable {
  const subscriptions: Subscription[] = []
  const stop = bus.onConnected((connection, again) => {
    onGap()
    // The client subscribes again by itself when a connection comes back.
    if (again) return
    for (const subject of subjects) {
      subscriptions.push(
        connection.subscribe(subject, {
          callback(error, message) {
            if (error) return
            try {
              handle(decodeEvent(message.data))
            } catch (cause) {
              log.error({ err: cause, subject: message.subject }, 'An event could not be followed')
            }
          },
        }),
      )
    }
  })
  return {
    [Symbol.dispose]() {
      stop()
      for (const subscription of subscriptions) subscription.unsubscribe()
    },
  }
}
