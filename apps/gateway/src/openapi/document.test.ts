import { expect, test } from 'vitest'
import { routes } from '../routes/index.ts'
import { openApiDocument, waysTo } from './document.ts'

// biome-ignore lint/suspicious/noExplicitAny: the document is read like any client reads it
const document: any = openApiDocument(routes, '1.0.0')

test('every route is in the document, once', () => {
  const documented = Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  )
  const served = routes.flatMap(waysTo).map(({ method, path }) => `${method} /api/v1/helpdesk${path}`)
  expect(documented.sort()).toEqual(served.sort())
})

test('every operation has a name of its own', () => {
  const names = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  )
  expect(new Set(names).size).toBe(names.length)
})

test('every reference points at something', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(references.length).toBeGreaterThan(100)
  for (const path of new Set(references)) {
    const target = path.split('/').reduce((at, step) => at?.[step], document)
    expect(target, path).toBeDefined()
  }
})

test('query parameters say what they are, not that they come as text', () => {
  const { parameters } = document.paths['/api/v1/helpdesk/audit'].get
  const named = (name: string) => parameters.find((each: { name?: string }) => each.name === name)
  expect(named('limit').schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 200 })
  expect(named('since').schema).toMatchObject({ type: 'string', format: 'date-time' })
})
