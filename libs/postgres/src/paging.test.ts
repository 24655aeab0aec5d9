import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Page, page } from './index.ts'

const numbers = Array.from({ length: 25 }, (_, index) => ({ id: index + 1 }))

const list = (cursor: string | null, scope = 'all', secret = 's', rows = numbers): Promise<Page<{ id: number }>> =>
  page({
    cursor,
    limit: 10,
    secret,
    scope,
    rows: async (after, take) => rows.filter(({ id }) => id > Number(after?.[0] ?? 0)).slice(0, take),
    count: async () => rows.length,
    key: ({ id }) => [id],
  })

test('pages follow one another to the end, each row once', async () => {
  const first = await list(null)
  const second = await list(first.next_cursor)
  const third = await list(second.next_cursor)
  expect([...first.data, ...second.data, ...third.data]).toEqual(numbers)
  expect([first.has_more, second.has_more, third.has_more]).toEqual([true, true, false])
  expect(third.next_cursor).toBeNull()
})

test('the count is made once and carried in the cursor', async () => {
  const { next_cursor } = await list(null)
  const second = await list(next_cursor, 'all', 's', numbers.slice(0, 20))
  expect(second.total_count).toBe(25)
})

test('a cursor used with other filters is refused', async () => {
  const { next_cursor } = await list(null)
  await expect(list(next_cursor, 'others')).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('a cursor signed with another secret is refused', async () => {
  const { next_cursor } = await list(null)
  await expect(list(next_cursor, 'all', 'other')).rejects.toMatchObject({ code: 'invalid_cursor' })
})

const part = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.maxSafeInteger())
const sortKey = fc.array(part, { minLength: 1, maxLength: 3 })

/** The cursor behind a row with this sort key, and what the page behind it starts after. */
async function cursorOf(key: (string | number)[], scope: unknown = 'all') {
  const query = { limit: 1, secret: 's', count: async () => 2, key: () => key }
  const { next_cursor } = await page({ ...query, scope, cursor: null, rows: async () => [{}, {}] })
  const follow = async (cursor: string, otherScope = scope) => {
    let position: unknown
    const rows = async (after: unknown) => {
      position = after
      return [{}]
    }
    await page({ ...query, scope: otherScope, cursor, rows })
    return position
  }
  return { cursor: next_cursor as string, follow }
}

test('the next page starts after the very sort key that the last one ended with', async () => {
  await fc.assert(
    fc.asyncProperty(sortKey, async (key) => {
      const { cursor, follow } = await cursorOf(key)
      expect(await follow(cursor)).toEqual(JSON.parse(JSON.stringify(key)))
    }),
  )
})

const edits: ((cursor: string, at: number, character: string) => string)[] = [
  (cursor, at, character) => cursor.slice(0, at) + character + cursor.slice(at + 1),
  (cursor, at, character) => cursor.slice(0, at) + character + cursor.slice(at),
  (cursor, at) => cursor.slice(0, at) + cursor.slice(at + 1),
  (cursor, at) => cursor.slice(0, at),
]

test('a cursor with any one character changed, added or taken away is refused', async () => {
  const character = fc.oneof(
    fc.constantFrom(...'AQgw09_-=.+/ '),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  )
  await fc.assert(
    fc.asyncProperty(sortKey, fc.nat(), character, fc.constantFrom(...edits), async (key, place, character, edit) => {
      const { cursor, follow } = await cursorOf(key)
      const edited = edit(cursor, place % cursor.length, character)
      fc.pre(edited !== cursor && edited !== '')
      await expect(follow(edited)).rejects.toMatchObject({ code: 'invalid_cursor' })
    }),
    { numRuns: 500 },
  )
})

test('a cursor is refused by a list with any other filters', async () => {
  await fc.assert(
    fc.asyncProperty(sortKey, fc.jsonValue(), fc.jsonValue(), async (key, scope, other) => {
      fc.pre(JSON.stringify(scope) !== JSON.stringify(other))
      const { cursor, follow } = await cursorOf(key, scope)
      await expect(follow(cursor, other)).rejects.toMatchObject({ code: 'invalid_cursor' })
    }),
  )
})
