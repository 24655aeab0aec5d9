// Clients that change things all the time, and write down what they were told.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Balancer } from './balancer.ts'
import type { Tenant } from './doubled-system.ts'

/** One wanted change: a line of the ledger. */
export interface Change {
  /** Its Idempotency-Key, and the X-Request-Id of every try: the audit log names it. Messages have it as their text. */
  id: string
  /** The event that tells of it. */
  event: string
  path: string
  body: object
  /** The resource as it was in the answer. Undefined while nobody knows whether it was made. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API sent
  acknowledged?: any
}

export interface Ledger {
  changes: Change[]
  /** HTTP requests, retries and reads counted in. */
  requests: number
  /** Those that got no answer, or one that was not 2xx. */
  failed: number
  /** What no client may be told, or has to wait for so long. */
  complaints: string[]
}

interface LoadOptions {
  balancer: Balancer
  tenant: Tenant
  /** Begins the ids of changes. */
  name: string
  /** Whether a failed request is sent again. Without it every failure is a complaint. */
  retries: boolean
}

const clients = 6
/** Between two requests of a client, so that what dies can start again on two cores. */
const pauseMs = 20
/** Of so many changes that failed once, one is given up on: it may have been made or not, and never twice. */
const oneGivenUpIn = 4
/** Less than the deadlines behind the gateway, so that clients hang up and come again while their first try goes on. */
const timeoutMs = 3_000
/** A change that is not acknowledged by then is a complaint. */
const patienceMs = 45_000

/** Thrown where a client goes on with something else. */
class GivenUp extends Error {}

export class Load {
  readonly ledger: Ledger = { changes: [], requests: 0, failed: 0, complaints: [] }
  readonly #options: LoadOptions
  #acknowledged = 0
  #failedChanges = 0
  #stopping = false
  readonly #running: Promise<unknown>

  constructor(options: LoadOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Until so many more changes were acknowledged. */
  async untilAcknowledged(more: number): Promise<void> {
    const goal = this.#acknowledged + more
    const giveUpAt = Date.now() + patienceMs
    while (this.#acknowledged < goal) {
      if (Date.now() > giveUpAt) throw new Error(`No ${more} changes were acknowledged within ${patienceMs} ms`)
      await sleep(10)
    }
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<Ledger> {
    this.#stopping = true
    await this.#running
    return this.ledger
  }

  async #run(): Promise<void> {
    const shared = await this.#openTicket('shared', [])
    await Promise.all(Array.from({ length: clients }, (_, index) => this.#client(`client${index + 1}`, shared.id)))
  }

  async #client(client: string, sharedTicket: number): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#lifeOfATicket(client, sharedTicket)
      } catch (error) {
        if (!(error instanceof GivenUp)) throw error
      }
    }
  }

  /** One thing after the other: each change of a ticket is sent when the one before it was acknowledged. */
  async #lifeOfATicket(client: string, sharedTicket: number): Promise<void> {
    const tag = await this.#change('tag.created', '/tags', (id) => ({ slug: id, name: id }))
    const { id } = await this.#openTicket(client, [tag.slug])
    const ticket = `/tickets/${id}`
    await this.#change('ticket.replied', `${ticket}/reply`, (id) => ({ body_md: id, author: { kind: 'agent' } }))
    const note = (id: string) => ({ body_md: id, is_internal: true })
    // Several clients at once.
    await this.#change('ticket.note_added', `/tickets/${sharedTicket}/reply`, note)
    await this.#change('ticket.status_changed', `${ticket}/status`, () => ({ status: 'pending' }))
    await this.#change('tag.updated', `/tags/${tag.id}`, (id) => ({ name: id }))
    await this.#change('ticket.updated', ticket, (id) => ({ subject: id, tags: [] }))
    await this.#change('ticket.status_changed', `${ticket}/status`, () => ({ status: 'resolved' }))
    await this.#send('GET', ticket)
    await this.#send('GET', `/audit?ticket_id=${id}`)
    await this.#send('POST', '/ai/summary', { ticket_id: id })
  }

  #openTicket(client: string, tags: string[]) {
    const requester = { email: `${client}@example.org` }
    const ticket = (id: string) => ({ subject: id, body_md: id, requester, tags })
    return this.#change('ticket.created', '/tickets', ticket)
  }

  /** Sends it until it is acknowledged, and gives the resource. Throws GivenUp. */
  async #change(event: string, path: string, bodyOf: (id: string) => object) {
    if (this.#stopping) throw new GivenUp()
    const id = `${this.#options.name}-${this.ledger.changes.length}`
    const change: Change = { id, event, path, body: bodyOf(id) }
    this.ledger.changes.push(change)
    const answer = await this.#send('POST', path, change.body, id)
    change.acknowledged = answer.body.data
    this.#acknowledged += 1
    return change.acknowledged
  }

  async #send(method: 'GET' | 'POST', path: string, body?: object, changeId?: string): Promise<Answer> {
    const { balancer, tenant, retries } = this.#options
    const headers = {
      authorization: `Bearer ${tenant.key}`,
      ...(changeId && { 'idempotency-key': changeId, 'x-request-id': changeId }),
    }
    const request = { method, path, headers, ...(body && { body }), timeoutMs: retries ? timeoutMs : 15_000 }
    const giveUpAt = Date.now() + patienceMs
    for (let tries = 1; ; tries++) {
      this.ledger.requests += 1
      await sleep(pauseMs)
      const answer = await balancer.send(request).catch((error: Error) => error)
      if (!(answer instanceof Error) && answer.status < 300) return answer
      this.ledger.failed += 1
      const isWorthATry = answer instanceof Error || answer.body?.error?.retryable
      if (!retries || !isWorthATry || Date.now() > giveUpAt) {
        const told = answer instanceof Error ? answer : `${answer.status} ${JSON.stringify(answer.body)}`
        this.ledger.complaints.push(`${method} ${path} (${changeId ?? 'no change'}), try ${tries}: ${told}`)
        throw new GivenUp()
      }
      if (tries === 1 && changeId && ++this.#failedChanges % oneGivenUpIn === 0) throw new GivenUp()
      await sleep(Math.min(25 * 2 ** tries, 1_000) * (0.5 + Math.random() / 2))
    }
  }
}
