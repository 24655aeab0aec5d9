import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** Lower-case hexadecimal SHA-256 of a text's UTF-8. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** SHA-256 over a prefix and a value's canonical JSON (RFC 8785). Throws where JSON cannot hold the value. */
export const sha256OfJson = (prefix: string, value: unknown): string => sha256(prefix + canonicalize(value))
