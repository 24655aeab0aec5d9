import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Sql } from './index.ts'

let sql: Sql
beforeAll(() => {
  sql = connect({ url: process.env.TEST_POSTGRES_URL ?? '', name: 'tests', max: 1 })
})
afterAll(() => sql.end())

// So that a test ends, and tells the seed, before its time is over.
const limits = { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true }

test('a list of texts goes there and back as it is', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\u0000', '').toWellFormed()),
    fc.constantFrom('', 'NULL', 'null', '{}', '"', '\\', ',', ' ', '\n'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (list) => {
      const [row] =
        await sql`select ${list as string[]}::text[] as list, ${list.length} = cardinality(${list as string[]}::text[]) as whole`
      expect(row).toEqual({ list, whole: true })
    }),
    limits,
  )
})

test('a list of 64-bit numbers goes there and back as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.maxSafeInteger())), async (list) => {
      const [row] = await sql`select ${list as number[]}::bigint[] as list`
      expect(row?.list).toEqual(list)
    }),
    limits,
  )
})
