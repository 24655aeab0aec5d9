export { Bus } from './bus.ts'
export { consume } from './consume.ts'
export { consumeInOrder, handledUntil } from './consume-in-order.ts'
export { countDeadLetters, type DeadLetter, dropDeadLetter, listDeadLetters, requestReplay } from './dead-letters.ts'
export { follow } from './follow.ts'
export {
  type Claim,
  callerOf,
  checkFingerprint,
  claimOf,
  lockKey,
  type Mutate,
  mutator,
  storeAnswer,
  storedAnswer,
} from './mutate.ts'
export { type Emit, Outbox } from './outbox.ts'
export { outboxBacklog, startRelay } from './relay.ts'
export { eventMigrations } from './schema.ts'
