// How what others wrote is laid before the model: as JSON between tags that it cannot close.

/** Characters that a reader does not see but a model does: of format, of direction, tags, private use, control. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Private_Use}\uFFF9-\uFFFB]|(?![\n\t])\p{Cc}/gu

/** The text as a reader sees it. */
export const visible = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(invisible, '')

/**
 * A named block of data. Nothing in it can be taken for its end: JSON has `<` only within strings, and there it may be
 * spelt `\u003c`.
 */
export const dataBlock = (name: string, data: object): string => `<data name="${name}">\n${spell(data)}\n</data>`

/** Data as the model reads it. */
export const spell = (data: object): string =>
  JSON.stringify(data, (_key, value) => (typeof value === 'string' ? visible(value) : value)).replaceAll('<', '\\u003c')

/** Tokens of a text, counted high: what people write has three bytes or more to a token, random characters about two. */
export const countTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 2)

/** The text, or as much of its beginning as a budget allows, with a word on what is missing. */
export function clip(text: string, tokens: number): string {
  if (countTokens(text) <= tokens) return text
  const kept = Buffer.from(text)
    .subarray(0, tokens * 2)
    .toString()
    .replace(/\uFFFD+$/, '')
  return `${kept} [… ${text.length - kept.length} more characters]`
}

/** As many rows from the first on as a budget allows. */
export function fit<Row extends object>(rows: Row[], tokens: number): Row[] {
  let left = tokens
  const over = rows.findIndex((row) => {
    left -= countTokens(spell(row))
    return left < 0
  })
  return over < 0 ? rows : rows.slice(0, over)
}
