// What a model wrote, made safe to show wherever Markdown or HTML is rendered. It may have obeyed whoever wrote the
// ticket, so nothing is left that loads, and no address but those that were sent to it.

import { cannedResponsePlaceholders } from '@helpdesk/proto/values'
import { visible } from '../context/data-block.ts'

/**
 * The text without HTML, images and link syntax. An address of the sources, to the letter, stays as a bare one; any
 * other is replaced by a word that says so. Nothing is parsed: what could begin a tag, a link, an entity or an escape is
 * taken apart, so that no two renderers can read it differently.
 */
export function safeText(text: string, sources: readonly string[], most: number): string {
  const known = new Set(
    sources.flatMap((source) => [...visible(source).matchAll(address)].map(([found]) => bare(found))),
  )
  const plain = withoutTags(withoutEntities(withoutEscapes(visible(text))))
  const safe = plain
    .replace(inlineLink, (_, words: string, target: string) => {
      return known.has(bare(target)) && words !== target ? `${words} (${target})` : words
    })
    .replace(address, (found) => (isPlaceholder(found) || known.has(bare(found)) ? found : removed(found)))
    // What looks like a link still, or only now.
    .replace(/!+(?=\[)/g, '')
    .replace(/\](?=[([:])/g, '] ')
  return shorten(safe.trim(), most)
}

/** The same on one line. */
export const safeLine = (text: string, sources: readonly string[], most: number): string =>
  safeText(text.replace(/\s*\n\s*/g, ' '), sources, most)

/** A backslash hides from us what it shows to others. */
const withoutEscapes = (text: string) => text.replace(/\\(?=[\\:/.@<>[\]()!&#])/g, '')

/** So does an entity. */
const withoutEntities = (text: string) =>
  text
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: keyof typeof entities) => entities[name])
    .replace(/&(?=#?\w+;)/g, '')
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' }

/** Autolinks become the address they hold. Of what is never closed, the `<` goes. */
const withoutTags = (text: string) =>
  text
    .replace(/<([^\s<>]+)>/g, (tag, inside: string) => (/.[:@]./.test(inside) ? ` ${inside} ` : tag))
    .replace(/<[a-z/!?][^<>]*>/gi, '')
    .replace(/<+/g, (run, at: number, whole: string) => (/[a-z/!?]/i.test(whole.charAt(at + run.length)) ? '' : run))

const inlineLink = /!?\[([^[\]]*)\]\(\s{0,99}([^\s()]*)(?:\s{1,99}["'][^()]*)?\)/g

// What linkify-it takes for a domain when no scheme is before it, and a few that it leaves out.
const topLevel =
  'com|net|org|edu|gov|biz|info|name|pro|web|xxx|aero|asia|coop|museum|shop|app|dev|cloud|click|link|live|online|page|site|store|tech|top|xyz|рф|xn--[a-z0-9-]+|a[cdefgilmnoqrstuwxz]|b[abdefghijmnorstvwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[cegrstu]|f[ijkmor]|g[abdefghilmnpqrstuwy]|h[kmnrtu]|i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|m[acdeghklmnopqrstuvwxyz]|n[acefgilopruz]|om|p[aefghklmnrstwy]|qa|r[eosuw]|s[abcdeghijklmnortuvxyz]|t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw]'

// Every repetition that something must follow has a bound: without, a long word would take time that grows with the
// square of its length.
const label = '[\\p{L}\\p{N}-]{1,63}'
const mail = '[^\\s<>()[\\],;:"@]'
// Up to what ends an address for every program that makes links of them.
const rest = '[^\\s<]*'
const placeholder = `\\{\\{(?:${cannedResponsePlaceholders.join('|').replaceAll('.', '\\.')})\\}\\}`
const address = new RegExp(
  [
    placeholder,
    `[a-z][a-z0-9+.-]{0,30}://${rest}`,
    `(?:https?|ftp|mailto|tel|sms|xmpp|javascript|vbscript|data|file|blob|magnet):(?!\\s)${rest}`,
    `(?<![:/])//[^\\s<>/.]{1,63}\\.${rest}`,
    `www\\.${rest}`,
    `${mail}{1,64}@${mail}{0,200}\\.(?:(?!')${mail})*`,
    `(?:${label}\\.){1,8}(?:(?:${topLevel})(?![\\p{L}\\p{N}-])(?:[:/?#]${rest})?|\\p{L}{2,63}(?::\\d+)?[/?#]${rest})`,
  ].join('|'),
  'giu',
)
const isPlaceholder = (found: string) => /^\{\{[^{}]*\}\}$/.test(found)

/**
 * An address without the punctuation that a sentence or Markdown puts around it. Some programs take that into the link,
 * so it may not be long enough to say anything.
 */
const bare = (found: string) => found.replace(/^[*_~'"`|]{1,3}|[)\]}>.,;:!?'"*_~`|]{1,3}$/g, '')

const removed = (found: string) =>
  found.replace(bare(found), found.includes('://') ? '(link removed)' : '(address removed)')

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
