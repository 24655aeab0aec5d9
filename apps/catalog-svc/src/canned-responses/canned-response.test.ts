import { Agent, Queue, Ticket } from '@helpdesk/proto/tickets'
import { expect, test } from 'vitest'
import { checkTemplate, placeholderValues, render } from './canned-response.ts'

const ticket = Ticket.fromPartial({
  id: 5,
  reference: 'HD-7K2M9QX',
  subject: 'a < b',
  status: 'open',
  priority: 'low',
  requester: { id: 1, name: 'Fay van Example', email: 'fay@example.org' },
})
const values = placeholderValues(ticket, Queue.fromPartial({ name: 'Support' }), Agent.fromPartial({ name: 'Ada' }))

test('every placeholder has its value', () => {
  expect([...values.keys()].map((name) => render(`{{${name}}}`, values).body_md)).toEqual([
    'Fay',
    'van Example',
    'Fay van Example',
    'fay@example.org',
    '5',
    'HD-7K2M9QX',
    'a < b',
    'open',
    'low',
    'Support',
    'Ada',
    'Ada',
  ])
})

test('unknown and empty placeholders are named once and filled with nothing', () => {
  const anonymous = placeholderValues(ticket, undefined, undefined)
  expect(render('[{{agent.name}}{{nope}}{{ nope }}{{queue.name}}]', anonymous)).toEqual({
    body_md: '[]',
    missing: ['agent.name', 'nope', 'queue.name'],
  })
})

test.each([
  ['triple mustaches and ampersands', '{{{ticket.subject}}} {{&ticket.subject}}', 'a < b a < b', []],
  ['a section', '{{#agent.name}}By {{agent.name}}{{/agent.name}}', 'By Ada', []],
  ['a section without a value', '{{#nope}}never{{/nope}}', '', ['nope']],
  ['an inverted section', '{{^nope}}always{{/nope}}', 'always', ['nope']],
  ['a partial', 'a{{> other}}b', 'ab', ['other']],
  ['a partial named as what objects inherit', '{{> constructor}}', '', ['constructor']],
  [
    'what objects inherit',
    '{{constructor}}{{__proto__}}{{ticket.constructor}}',
    '',
    ['constructor', '__proto__', 'ticket.constructor'],
  ],
  ['properties of a value', '{{ticket.subject.length}}', '', ['ticket.subject.length']],
  ['the current value', '{{.}}', '', ['.']],
  ['a comment', 'a{{! not shown }}b', 'ab', []],
  ['other delimiters', '{{=<% %>=}}<% ticket.id %>', '5', []],
  [
    'a value that looks like a placeholder',
    '{{subject}}',
    '{{ticket.id}}',
    [],
    new Map([['subject', '{{ticket.id}}']]),
  ],
])('%s', (_what, template, body_md, missing, given = values) => {
  expect(render(template, given)).toEqual({ body_md, missing })
  expect(() => checkTemplate(template)).not.toThrow()
})

test.each([
  ['an open tag', 'Dear {{requester.name'],
  ['an open section', '{{#agent.name}}By'],
  ['a section closed by another name', '{{#a}}{{/b}}'],
  ['a section never opened', '{{/a}}'],
  ['sections too deep', '{{#ticket.id}}'.repeat(11) + '{{/ticket.id}}'.repeat(11)],
  ['sections deep enough for the stack', '{{^a}}'.repeat(5_000) + '{{/a}}'.repeat(5_000)],
  ['a flood of white space in a tag', `{{a${' '.repeat(65_000)}`],
])('refused: %s', (_what, template) => {
  expect(() => checkTemplate(template)).toThrow('Not a template')
})
