import { HelpdeskError } from '@helpdesk/proto/errors'
import type { RequestHandler } from 'express'

/** Takes up to `most` requests at once and refuses the others at once, so that those it took stay quick. */
export function limitLoad(most: number): RequestHandler {
  let running = 0
  return function takeSlot(_request, response, next) {
    if (running >= most) throw new HelpdeskError('unavailable', 'The API is busy; try again.')
    running += 1
    response.once('close', () => (running -= 1))
    next()
  }
}
