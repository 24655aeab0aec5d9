// Turns what is typed into values; commander tells what is wrong beside the option's or argument's name.

import { scopes } from '@helpdesk/proto/values'
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'

export function asScopes(text: string) {
  return asList(text).map((given) => {
    const scope = scopes.find((each) => each === given || each === `helpdesk:${given}`)
    if (!scope) throw new InvalidArgumentError(`There is no scope ${given}; there are ${scopes.join(', ')}.`)
    return scope
  })
}

/** Origins as browsers send them: scheme, host, and the port when it is not the usual one. */
export function asOrigins(text: string): string[] {
  for (const origin of asList(text)) {
    if (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin) continue
    throw new InvalidArgumentError(`${origin} is no origin such as https://app.example.org.`)
  }
  return asList(text)
}

const asList = (text: string): string[] => text.split(',').map((each) => each.trim())

export function asWholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Must be a whole number above 0.')
  return Number(text)
}

/** Takes one word besides what `parse` takes. The word stays as it is: commander makes '' of null. */
export const orWord =
  <T, W extends string>(word: W, parse: (text: string) => T) =>
  (text: string): T | W =>
    text === word ? word : parse(text)

export function asFutureTime(text: string): Date {
  if (!z.iso.datetime({ offset: true }).safeParse(text).success) {
    throw new InvalidArgumentError('Must be a time such as 2027-01-01T00:00:00Z.')
  }
  if (new Date(text) <= new Date()) throw new InvalidArgumentError('Must lie in the future.')
  return new Date(text)
}

export const asOneOf =
  <T extends string>(choices: readonly T[]) =>
  (text: string): T => {
    const choice = choices.find((each) => each === text)
    if (!choice) throw new InvalidArgumentError(`Must be one of ${choices.join(', ')}.`)
    return choice
  }
