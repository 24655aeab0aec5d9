import { createServer, type ServerResponse, STATUS_CODES } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, errorCodes } from '@helpdesk/proto/errors'
import type { Express } from 'express'
import { newRequestId } from './request-id.ts'

const limits = {
  /** Milliseconds for all headers to arrive, and for the whole request. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often those are looked at. */
  connectionsCheckingInterval: 1_000,
  /** Longer than load balancers keep idle connections, so that it is them who close. */
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
}
/** A client that reads nothing of its answer for so long is cut off. Longer than an AI hook may take. */
const idleTimeout = 120_000
/** How long a stopping server waits for the next request on a connection. */
const leaveMs = 500

interface ListenOptions {
  app: Express
  /** 0 takes a free one. */
  port: number
  host: string
  /** Milliseconds that a stopping server goes on as usual, so that load balancers turn away from it. */
  stopDelayMs: number
}

/**
 * Serves the app. Disposing it stops listening and asks clients to leave, with `Connection: close` on every answer; an
 * idle connection is closed only a while later, since a request may be coming on it.
 */
export async function listen(options: ListenOptions): Promise<{ port: number } & AsyncDisposable> {
  const underWay = new Set<ServerResponse>()
  let isStopping = false
  const server = createServer(limits, (request, response) => {
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
    if (isStopping) askToLeave(response)
    options.app(request, response)
  })
  server.setTimeout(idleTimeout)
  // What Node refuses before there is a request.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
    switch (error.code) {
      case 'HPE_HEADER_OVERFLOW':
        return socket.end(refusal(431, 'payload_too_large', 'The headers are larger than 16 KiB.'))
      case 'ERR_HTTP_REQUEST_TIMEOUT':
        return socket.end(refusal(408, 'deadline_exceeded', 'The request did not arrive in time.'))
      default:
        return socket.end(refusal(400, 'invalid_json', 'This is not an HTTP request.'))
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await sleep(options.stopDelayMs)
      isStopping = true
      for (const response of underWay) askToLeave(response)
      // An HTTP server's own close() closes idle connections with it.
      const closed = new Promise<void>((resolve) => Server.prototype.close.call(server, () => resolve()))
      await Promise.race([closed, sleep(leaveMs)])
      server.keepAliveTimeout = 1
      server.closeIdleConnections()
      await closed
    },
  }
}

function askToLeave(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}

function refusal(status: number, code: ErrorCode, message: string): string {
  const error = { code, message, retryable: errorCodes[code].retryable }
  const request_id = newRequestId()
  const body = JSON.stringify({ error, request_id })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${request_id}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
