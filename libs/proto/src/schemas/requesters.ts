import { z } from 'zod'
import { email } from './fields.ts'
import { paging } from './paging.ts'

export const listRequesters = z.strictObject({ ...paging, email: email.nullish() })
