import { z } from 'zod'
import { limit } from './fields.ts'

const cursor = z.string().max(2048).nullish()

/** `cursor` and `limit` of a list. */
export const paging = { cursor, limit: limit(100).nullish() }

export const auditPaging = { cursor, limit: limit(200).nullish() }

/** A list without filters. */
export const list = z.strictObject(paging)
