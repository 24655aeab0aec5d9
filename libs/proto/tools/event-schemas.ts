import { createFileRegistry, type DescField, type DescMessage, fromBinary, ScalarType } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import type { EventType } from '../src/events.ts'

export interface Schema {
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  $ref?: string
  [keyword: string]: unknown
}

const file = 'helpdesk/events/v1/events.proto'

/** The JSON Schema of each message of events.proto, by name. `descriptors` is a buf image with its source info. */
export function messageSchemas(descriptors: Uint8Array): Record<string, Schema> {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors))
  const messages = registry.getFile(file)?.messages ?? []
  return Object.fromEntries(messages.map((message) => [message.name, schemaOf(message)]))
}

function schemaOf(message: DescMessage): Schema {
  const isOptional = (field: DescField) => field.proto.proto3Optional
  return {
    type: 'object',
    required: message.fields.filter((field) => !isOptional(field)).map(({ name }) => name),
    properties: Object.fromEntries(
      message.fields.map((field) => {
        const { type, ...rest } = fieldSchema(field)
        const description = commentOn(field)
        return [
          field.name,
          { ...(type && { type: isOptional(field) ? [type as string, 'null'] : type }), ...rest, ...description },
        ]
      }),
    ),
  }
}

function fieldSchema(field: DescField): Schema {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarSchema(field.scalar)
    case 'message':
      return valueSchema(field.message)
    case 'list':
      return {
        type: 'array',
        items: field.listKind === 'message' ? valueSchema(field.message) : scalarSchema(field.scalar as ScalarType),
      }
    case 'map':
      // The only map is `changes`.
      return {
        type: 'object',
        description: '`[old, new]` by field.',
        additionalProperties: { type: 'array', minItems: 2, maxItems: 2 },
      }
    default:
      throw new Error(`There is no JSON Schema for ${field}`)
  }
}

const valueSchema = ({ typeName, name }: DescMessage): Schema =>
  typeName === 'google.protobuf.Struct' ? { type: 'object' } : { $ref: `#/components/schemas/${name}` }

function scalarSchema(scalar: ScalarType): Schema {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: 'string' }
    case ScalarType.BOOL:
      return { type: 'boolean' }
    case ScalarType.DOUBLE:
      return { type: 'number' }
    case ScalarType.INT32:
      return { type: 'integer', format: 'int32' }
    case ScalarType.INT64:
      return { type: 'integer', format: 'int64' }
    default:
      throw new Error(`There is no JSON Schema for ${ScalarType[scalar]}`)
  }
}

/** What stands above a field in the .proto file. */
function commentOn(field: DescField): { description?: string } {
  const message = field.parent
  const path = [4, message.file.messages.indexOf(message), 2, message.fields.indexOf(field)].join()
  const place = message.file.proto.sourceCodeInfo?.location.find((location) => location.path.join() === path)
  const comment = place?.leadingComments.trim().replaceAll(/\s+/g, ' ')
  return comment ? { description: comment } : {}
}

/** An event of each type, as a real system sent it. */
export type Samples = Partial<Record<EventType, { data: object }>>

/** An object with its keys in the order of its schema: the outbox keeps events as JSONB, which orders keys by length. */
export function ordered<T extends object>(value: T, { properties = {} }: Schema): T {
  const known = Object.keys(properties).filter((key) => key in value)
  return { ...Object.fromEntries(known.map((key) => [key, value[key as keyof T]])), ...value } as T
}
