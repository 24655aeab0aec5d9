/**
 * Waits for a check that asks another service, and gives what refuses when it fails: to be called in the transaction,
 * which no network call may hold open, so that a repeated key is answered as before, whatever is gone by then.
 */
export const askFirst = (check: Promise<void>): Promise<() => void> =>
  check.then(
    () => () => {},
    (error) => () => {
      throw error
    },
  )
