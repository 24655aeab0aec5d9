import { createServer, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
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

/** Serves the app on a port, 0 for a free one. Disposing it stops listening and waits for the requests under way. */
export async function listen(app: Express, port: number, host: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(limits, app)
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
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    // Closes connections that wait for no answer, too.
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
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
