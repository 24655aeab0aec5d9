// The shapes that answers are made of.

import { color, email, id, limit, slug } from '@helpdesk/proto/schemas'
import { z } from 'zod'
import { number } from '../http/query.ts'

/** RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime({ precision: 3 })

export const requestId = z.string().describe('Quote it when you ask for help.')

export const version = z.int().min(1).describe('Rises by one with every change; also the ETag.')

export const deleted = z.strictObject({ id, deleted: z.literal(true) }).meta({ id: 'Deleted' })

export const tag = z
  .strictObject({ id, slug, name: z.string(), color, created_at: timestamp, updated_at: timestamp, version })
  .meta({ id: 'Tag' })

/** `cursor` and `limit` of a list, as query parameters. */
export const pagingQuery = (most = 100) => ({
  cursor: z.string().max(2048).optional().describe('`next_cursor` of the page before.'),
  limit: number(limit(most)).optional().describe(`Rows a page, 1 to ${most}; 50 when absent.`),
})

export const listQuery = z.strictObject(pagingQuery())

export const requester = z.strictObject({ id, name: z.string().nullable(), email }).meta({ id: 'TicketRequester' })
