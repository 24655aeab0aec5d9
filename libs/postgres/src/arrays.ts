/**
 * How flat arrays of one type are written and read, https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 * `oid` is the array type's. Null elements are kept.
 */
export const arrayOf = <T>(oid: number, parse: (element: string) => T) => ({
  to: oid,
  from: [oid],
  serialize: (elements: readonly unknown[]): string =>
    `{${elements.map((each) => (each == null ? 'null' : `"${String(each).replace(/["\\]/g, '\\$&')}"`)).join(',')}}`,
  parse: (text: string): (T | null)[] =>
    Array.from(text.matchAll(/"((?:[^"\\]|\\.)*)"|[^{},]+/gs), ([bare, quoted]) => {
      if (quoted !== undefined) return parse(quoted.replace(/\\(.)/gs, '$1'))
      return bare === 'NULL' ? null : parse(bare)
    }),
})
