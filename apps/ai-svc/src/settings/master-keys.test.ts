import { expect, test } from 'vitest'
import { masterKey } from '../testing/master-key.ts'
import { MasterKeys } from './master-keys.ts'

const keysOf = (...ids: string[]) => MasterKeys.parse(ids.map(masterKey).join(',')) as MasterKeys
const secret = 'sk-ant-api03-secret'

test('what was sealed opens again, and looks different each time', () => {
  const keys = keysOf('a')
  const [first, second] = [keys.seal(1, secret), keys.seal(1, secret)]
  expect(keys.open(1, first)).toBe(secret)
  expect(first.key_ciphertext).not.toEqual(second.key_ciphertext)
  expect(first.key_ciphertext.toString()).not.toContain('sk-ant')
})

test('a sealed key opens for its tenant only, and not once a byte of it changed', () => {
  const keys = keysOf('a', 'b')
  const sealed = keys.seal(1, secret)
  expect(() => keys.open(2, sealed)).toThrow()
  expect(() => keys.open(1, { ...sealed, key_id: 'b' })).toThrow()
  for (const part of ['key_nonce', 'key_ciphertext', 'key_tag'] as const) {
    const changed = Buffer.from(sealed[part])
    changed[0] = (changed[0] ?? 0) ^ 1
    expect(() => keys.open(1, { ...sealed, [part]: changed })).toThrow()
  }
  expect(() => keys.open(1, { ...sealed, key_tag: sealed.key_tag.subarray(0, 4) })).toThrow()
})

test('a new first master seals, and the old one still opens what it sealed', () => {
  const old = keysOf('a').seal(1, secret)
  const rotated = keysOf('b', 'a')
  expect(rotated.open(1, old)).toBe(secret)
  expect(rotated.seal(1, secret).key_id).toBe('b')
  expect(() => keysOf('b').open(1, old)).toThrow('no master key a')
})

test.each([
  ['nothing', ''],
  ['a key without an id', Buffer.alloc(32).toString('base64')],
  ['a key of 16 bytes', `a:${Buffer.alloc(16).toString('base64')}`],
  ['an id twice', `${masterKey('a')},${masterKey('a')}`],
  ['one that is whole and one that is not', `${masterKey('a')},b:`],
])('%s is no set of master keys', (_what, text) => {
  expect(MasterKeys.parse(text)).toBeUndefined()
})
