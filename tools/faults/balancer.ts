// The load balancer before two gateways, and no more clever than one.

import { Agent, type IncomingMessage, request } from 'node:http'

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

/**
 * Takes the gateways in turn and keeps connections. Where one refuses to be connected it takes the other. It sends
 * nothing twice: once a request is on its way, what happens to it is the client's affair.
 */
export class Balancer implements Disposable {
  readonly #gateways: readonly URL[]
  readonly #agent = new Agent({ keepAlive: true })
  #turn = 0

  constructor(gatewayUrls: readonly string[]) {
    this.#gateways = gatewayUrls.map((url) => new URL(url))
  }

  [Symbol.dispose]() {
    this.#agent.destroy()
  }

  /** Rejects when no answer came, with Node's error. */
  async send(wanted: Request): Promise<Answer> {
    const first = this.#turn++
    for (let tried = 0; ; tried++) {
      const gateway = this.#gateways[(first + tried) % this.#gateways.length] as URL
      try {
        return await this.#ask(gateway, wanted)
      } catch (error) {
        const isRefused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
        if (!isRefused || tried + 1 === this.#gateways.length) throw error
      }
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
