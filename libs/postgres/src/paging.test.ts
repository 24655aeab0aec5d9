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

test('a cursor with any one character changed is refused', async () => {
  const cursor = (await list(null)).next_cursor ?? ''
  for (let index = 0; index < cursor.length; index++) {
    const changed = cursor.slice(0, index) + (cursor[index] === 'A' ? 'B' : 'A') + cursor.slice(index + 1)
    await expect(list(changed)).rejects.toMatchObject({ code: 'invalid_cursor' })
  }
})

test('a cursor signed with another secret is refused', async () => {
  const { next_cursor } = await list(null)
  await expect(list(next_cursor, 'all', 'other')).rejects.toMatchObject({ code: 'invalid_cursor' })
})
