import { fromBinary, toJson } from '@bufbuild/protobuf'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { Struct } from '../src/gen/google/protobuf/struct.ts'

test('what a Struct holds comes back, null too, and others read it the same', () => {
  const object = { none: null, list: [null, 1, 'a', true], inner: { none: null }, empty: {} }
  const bytes = Struct.encode(Struct.wrap(object)).finish()
  expect(Struct.unwrap(Struct.decode(bytes))).toEqual(object)
  expect(toJson(StructSchema, fromBinary(StructSchema, bytes))).toEqual(object)
})
