import { HelpdeskError } from '@helpdesk/proto/errors'
import postgres from 'postgres'
import { isUnreachable } from './database.ts'

/**
 * Turns a violated constraint into an error that means something to the caller.
 * `named` holds, by constraint name, what its violation means. Every other error is thrown again as it is.
 */
export function rethrowViolation(error: unknown, named: Record<string, () => HelpdeskError>): never {
  const constraint = error instanceof postgres.PostgresError ? error.constraint_name : undefined
  const meaning = constraint ? named[constraint] : undefined
  throw meaning ? meaning() : error
}

/** What a failed statement means to a caller, where PostgreSQL's error says; undefined elsewhere. */
export function postgresError(error: unknown): HelpdeskError | undefined {
  if (isUnreachable(error)) {
    return new HelpdeskError('unavailable', 'The database is away; try again.', { cause: error })
  }
  if (!(error instanceof postgres.PostgresError)) return undefined
  switch (error.code) {
    case '57014': // query_canceled: statement_timeout
      return new HelpdeskError('deadline_exceeded', 'The database did not answer in time.', { cause: error })
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
      return new HelpdeskError('unavailable', 'Another change was in the way; try again.', { cause: error })
    default:
      return undefined
  }
}
