import type { Sql } from '@helpdesk/postgres'
import { expect, test } from 'vitest'
import { KeyRing } from './key-ring.ts'

/** A database whose answers come when the test says so. */
function slowDatabase() {
  const asked: PromiseWithResolvers<object[]>[] = []
  const sql = () => {
    const answer = Promise.withResolvers<object[]>()
    asked.push(answer)
    return answer.promise
  }
  return { asked, sql: sql as unknown as Sql }
}

const row = { tenant_id: 1, id: 7, expires_at: null }

test('a key is remembered once it has been looked up', async () => {
  const { asked, sql } = slowDatabase()
  const keys = new KeyRing(sql)
  const first = keys.find('secret')
  asked[0]?.resolve([row])
  expect(await first).toEqual(row)
  expect(await keys.find('secret')).toEqual(row)
  expect(asked).toHaveLength(1)
})

test('a key that is revoked while it is looked up is asked for again', async () => {
  const { asked, sql } = slowDatabase()
  const keys = new KeyRing(sql)
  for (const forget of [() => keys.forget(1, 7), () => keys.forgetAll()]) {
    const first = keys.find('secret')
    forget()
    asked.at(-1)?.resolve([row])
    await first
    const second = keys.find('secret')
    asked.at(-1)?.resolve([])
    await expect(second).rejects.toMatchObject({ code: 'invalid_api_key' })
  }
})
