// The load balancer before two gateways, and no more clever than one.

import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API sent
  body: any
}

export interface Request {
  method: 'GET' | 'POST'
  /** Below /api/v1/helpdesk. */
  path: string
  headers: Record<string, string>
  body?: object
  /** Milliseconds after which the client hangs up. */
  timeoutMs: number
}

const checkMs = 100

/**
 * Takes the gateways in turn and keeps connections. It asks each for /readyz all the time, and takes those that are ready
 * as long as there are any; one that refuses to be connected it passes over. It sends nothing twice: once a request is on
 * its way, what becomes of it is the client's affair.
 */
export class Balancer implements Disposable {
  readonly #gateways: { url: URL; isReady: boolean }[]
  readonly #agent = new Agent({ keepAlive: true })
  readonly #checking = new AbortController()
  #turn = 0
  #losesAnswers = false

  constructor(gatewayUrls: readonly string[]) {
    this.#gateways = gatewayUrls.map((url) => ({ url: new URL(url), isReady: true }))
    for (const gateway of this.#gateways) void this.#check(gateway)
  }

  [Symbol.dispose]() {
    this.#checking.abort()
    this.#agent.destroy()
  }

  /** Ends every connection, whatever is under way on it. */
  cut(): void {
    for (const socket of Object.values(this.#agent.sockets).flat()) socket?.destroy()
  }

  /** From now on every other answer does not reach the client, until `false`. */
  loseAnswers(on: boolean): void {
    this.#losesAnswers = on
  }

  /** Rejects when no answer came, with Node's error. */
  async send(wanted: Request): Promise<Answer> {
    const ready = this.#gateways.filter(({ isReady }) => isReady)
    const gateways = ready.length > 0 ? ready : this.#gateways
    const first = this.#turn++
    for (let tried = 0; ; tried++) {
      const { url } = gateways[(first + tried) % gateways.length] as { url: URL }
      try {
        const answer = await this.#ask(url, wanted)
        if (this.#losesAnswers && first % 2 === 0) throw new Error('The answer got lost')
        return answer
      } catch (error) {
        const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
        if (!isRefused || tried + 1 === gateways.length) throw error
      }
    }
  }

  async #check(gateway: { url: URL; isReady: boolean }): Promise<void> {
    for (; !this.#checking.signal.aborted; await sleep(checkMs)) {
      const signal = AbortSignal.timeout(2_500)
      const answer = await fetch(new URL('/readyz', gateway.url), { signal }).catch(() => undefined)
      gateway.isReady = answer?.status === 200
      await answer?.body?.cancel()
    }
  }

  #ask({ hostname, port }: URL, { method, path, headers, body, timeoutMs }: Request): Promise<Answer> {
    const text = body && JSON.stringify(body)
    const signal = AbortSignal.timeout(timeoutMs)
    return new Promise((resolve, reject) => {
      const options = {
        method,
        hostname,
        port,
        path: `/api/v1/helpdesk${path}`,
        agent: this.#agent,
        signal,
        headers: {
          ...headers,
          ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      }
      request(options, (response) => readAnswer(response).then(resolve, reject))
        .once('error', reject)
        .end(text)
    })
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode ?? 0, body: text ? JSON.parse(text) : undefined }
}
