import type { CannedResponse } from '@helpdesk/proto/catalog'
import { invalidField } from '@helpdesk/proto/errors'
import type { CannedResponseEvent, Changes } from '@helpdesk/proto/events'
import type { Agent, Queue, Ticket } from '@helpdesk/proto/tickets'
import type { CannedResponsePlaceholder } from '@helpdesk/proto/values'
import Mustache from 'mustache'

/** The data of an event about a canned response. */
export const cannedResponseEvent = (response: CannedResponse, changes: Changes = {}): CannedResponseEvent => ({
  canned_response_id: response.id,
  slug: response.slug,
  title: response.title,
  body_md: response.body_md,
  queue_id: response.queue_id,
  is_active: response.is_active,
  sort_order: response.sort_order,
  changes,
  version: response.version,
})

/** What placeholders stand for, by name; those without a value are empty. */
export function placeholderValues(
  ticket: Ticket,
  queue: Queue | undefined,
  agent: Agent | undefined,
): Map<string, string> {
  const requester = splitName(ticket.requester?.name)
  const values: Record<CannedResponsePlaceholder, string> = {
    'requester.first_name': requester.first,
    'requester.last_name': requester.last,
    'requester.name': requester.whole,
    'requester.email': ticket.requester?.email ?? '',
    'ticket.id': String(ticket.id),
    'ticket.reference': ticket.reference,
    'ticket.subject': ticket.subject,
    'ticket.status': ticket.status,
    'ticket.priority': ticket.priority,
    'queue.name': queue?.name ?? '',
    'agent.name': splitName(agent?.name).whole,
    'agent.first_name': splitName(agent?.name).first,
  }
  return new Map(Object.entries(values))
}

function splitName(name: string | null | undefined) {
  const whole = name?.trim() ?? ''
  const [first = '', ...rest] = whole.split(/\s+/)
  return { whole, first, last: rest.join(' ') }
}

/** Throws `validation_failed` at body_md when a text cannot be filled. */
export function checkTemplate(template: string): void {
  // Mustache looks for the end of a tag in time that grows with the square of the white space before it: 64 KiB of it
  // took 9 s.
  if (/\s{200}/.test(template)) throw invalidTemplate('It has 200 white-space characters in a row')
  try {
    checkDepth(new Mustache.Writer().parse(template))
  } catch (error) {
    throw invalidTemplate(error instanceof Error ? error.message : String(error))
  }
}

/** Rendering recurses into sections, so deep ones would exhaust the stack. */
function checkDepth(tokens: unknown[][], depth = 1): void {
  for (const [, , , , inner] of tokens) {
    if (!Array.isArray(inner)) continue
    if (depth > 10) throw new Error('Sections go more than 10 deep')
    checkDepth(inner, depth + 1)
  }
}

const invalidTemplate = (reason: string) => invalidField('body_md', 'invalid_template', `Not a template: ${reason}.`)

/** Fills a template without HTML escaping. `missing` holds the placeholders without a value, each once. */
export function render(template: string, values: ReadonlyMap<string, string>): { body_md: string; missing: string[] } {
  const missing = new Set<string>()
  const context = new Placeholders(values, missing)
  // A writer of its own: the shared one keeps every template it has seen.
  const body_md = new Mustache.Writer().render(template, context, (partial) => void missing.add(partial), {
    escape: String,
  })
  return { body_md, missing: [...missing] }
}

/** Looks names up whole. Mustache itself would walk into objects, and reach what all of them inherit. */
class Placeholders extends Mustache.Context {
  readonly #values: ReadonlyMap<string, string>
  readonly #missing: Set<string>

  constructor(values: ReadonlyMap<string, string>, missing: Set<string>) {
    super({})
    this.#values = values
    this.#missing = missing
  }

  /** Inside a section names mean what they mean outside. */
  override push(): this {
    return this
  }

  override lookup(name: string): string {
    const value = this.#values.get(name) ?? ''
    if (value === '') this.#missing.add(name)
    return value
  }
}
