// What operations of the document share.

export type Json = Record<string, unknown>

const header = (description: string, type = 'string'): Json => ({ description, schema: { type } })

/** The headers of answers. */
export const headers: Json = {
  'X-Request-Id': header('The request id, sent or made.'),
  'X-RateLimit-Limit': header('Requests a minute for this key.', 'integer'),
  'X-RateLimit-Remaining': header('Requests left in this minute.', 'integer'),
  'X-RateLimit-Reset': header('When the minute ends, in Unix seconds.', 'integer'),
  ETag: header("The resource's version in quotes, where it has one."),
  'Retry-After': header('Seconds until another attempt makes sense.', 'integer'),
  'Idempotency-Replayed': header('`true` when the answer is a stored one.'),
}

const parameter = (name: string, description: string, pattern?: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string', ...(pattern && { pattern }) },
})

/** The headers of requests. */
export const parameters: Json = {
  'X-Request-Id': parameter('X-Request-Id', 'Your id for the request; one is made when it is absent.'),
  'X-Helpdesk-Actor': parameter(
    'X-Helpdesk-Actor',
    'The person the key acts for, who is recorded instead of it.',
    '^(agent|requester):[1-9][0-9]*$',
  ),
  'Idempotency-Key': parameter(
    'Idempotency-Key',
    'The same key and body within 24 hours give the stored answer instead of a second change.',
    '^[ -~]{1,255}$',
  ),
  'If-Match': parameter('If-Match', 'The ETag the change is meant for.'),
  'If-None-Match': parameter('If-None-Match', 'The ETag you have; 304 when it is still current.'),
}

export const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` })
