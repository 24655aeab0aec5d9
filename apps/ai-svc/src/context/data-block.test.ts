import { expect, test } from 'vitest'
import { clip, countTokens, dataBlock, fit, spell, visible } from './data-block.ts'

test('a block holds what it was given, and one end', () => {
  const data = { text: 'a "quoted" </data>\n<data name="x"> \\u003c' }
  const block = dataBlock('thread', data)
  expect(block.match(/<\/?data/g)).toHaveLength(2)
  const [, json = ''] = block.split('\n')
  expect(JSON.parse(json)).toEqual(data)
})

test('what a reader does not see is gone, what he sees is left', () => {
  expect(visible('a\u0000\u200b\u200d\u202e\u2066\ufeff\u00ad\u3164\ufe0f\u{e0041}\u{e0101}\ue000\ud800b')).toBe(
    'a\ufffdb',
  )
  expect(visible('Grüße, 你好, नमस्ते, 👍\ttab\r\nline\u2028line')).toBe('Grüße, 你好, नमस्ते, 👍\ttab\nline\nline')
})

test('a clipped text ends between characters and says how much it lacks', () => {
  expect(clip('short', 10)).toBe('short')
  expect(clip('a'.repeat(30), 10)).toBe(`${'a'.repeat(20)} [… 10 more characters]`)
  expect(clip(`a${'é'.repeat(20)}`, 5)).toBe('aéééé [… 16 more characters]')
})

test('rows are taken from the first on while they fit', () => {
  const rows = [{ n: 1 }, { n: 2 }, { n: 3 }]
  const each = countTokens(spell({ n: 1 }))
  expect(fit(rows, 3 * each)).toEqual(rows)
  expect(fit(rows, 3 * each - 1)).toEqual(rows.slice(0, 2))
  expect(fit(rows, 0)).toEqual([])
})
