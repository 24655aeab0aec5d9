// Values that a JSON Schema does not allow, at every place that it describes.

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema, and values that it describes
type Json = any

/** A place in a body: how errors name it, what it may hold, and a body that holds something there. */
export interface Place {
  path: string
  schema: Json
  put: (value: unknown) => Json
}

/** Every place in the bodies of a schema, its members and theirs. `good` makes a body that is allowed. */
export function* placesIn(
  schema: Json,
  good: () => Json,
  path = '',
  put: Place['put'] = (value) => value,
): Generator<Place> {
  const { type, properties = {}, additionalProperties, items } = notNull(schema)
  const below = (name: string) => (path ? `${path}.${name}` : name)
  const base = () => good() ?? sampleOf(schema)
  yield { path, schema, put }
  if (type === 'array')
    yield* placesIn(
      items,
      () => undefined,
      below('0'),
      (value) => put([value]),
    )
  if (type !== 'object') return
  const members: [string, Json][] = Object.entries(properties)
  if (additionalProperties) members.push(['key', additionalProperties])
  for (const [name, member] of members) {
    yield* placesIn(
      member,
      () => base()[name],
      below(name),
      (value) => put({ ...base(), [name]: value }),
    )
  }
}

const notNull = (schema: Json): Json => schema.anyOf?.find(({ type }: Json) => type !== 'null') ?? schema

/** The least that a schema allows. */
function sampleOf(schema: Json): Json {
  const { type, enum: values, format, minimum, properties = {}, required = [] } = notNull(schema)
  if (values) return values[0]
  if (format === 'email') return 'sample@example.org'
  if (type === 'integer') return minimum ?? 1
  if (type === 'object') return Object.fromEntries(required.map((name: string) => [name, sampleOf(properties[name])]))
  return { string: 'sample', array: [], boolean: true }[type as string]
}

/** Of every type, and from just beyond the schema's bounds. Some of them may be allowed. */
export function candidates(schema: Json): unknown[] {
  const { minimum, maximum, maxLength, minLength, maxItems, items } = notNull(schema)
  const { type, properties } = notNull(schema)
  return [
    ...[null, true, 'text', '', 0, -1, 1.5, 2 ** 53, 1e308, [], [null], {}, { a: 1 }, [[[]]]],
    ...(minimum !== undefined ? [minimum - 1] : []),
    ...(maximum !== undefined ? [maximum + 1, -maximum] : []),
    ...(maxLength !== undefined ? ['x'.repeat(maxLength + 1), 'x'.repeat(70_000)] : []),
    ...(minLength > 0 ? ['x'.repeat(minLength - 1)] : []),
    ...(maxItems !== undefined ? [Array(maxItems + 1).fill(sampleOf(items))] : []),
    ...(type === 'object' && properties ? [{ ...sampleOf(schema), unknown_field: 1 }] : []),
  ]
}

/** Well-formed, and kept as it is wherever text is free. */
export const oddTexts = [
  'שלום עולם',
  '\u202Eright to left\u202C',
  '👩‍👩‍👧‍👦',
  '𝒳𐍈',
  'e\u0301\u0323',
  '\u0001\u001f\u007f',
  '\u2028\ufeff\ufffe',
  "'; drop table tickets; --",
  '%00%s$1\\u0000',
  '__proto__',
  'null',
]

/** That neither PostgreSQL nor UTF-8 can keep. */
export const brokenTexts = ['\u0000', 'a\u0000b', '\ud800', 'a\udc00b']
