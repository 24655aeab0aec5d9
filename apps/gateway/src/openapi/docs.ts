import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type RequestHandler, Router } from 'express'
import { stringify } from 'yaml'
import type { Route } from '../http/route.ts'
import { openApiDocument } from './document.ts'

/** The version of the public API, in the document. */
export const apiVersion = '1.3.0'

const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

/** Serves /api/openapi.json, /api/openapi.yaml and the rendered page at /api/docs. Everything it needs comes from here. */
export function docsRouter(routes: readonly Route[]): Router {
  const document = once(() => openApiDocument(routes, apiVersion))
  const asset = (name: string) => readFileSync(join(assets, name), 'utf8')
  const texts: [path: string, type: string, make: () => string][] = [
    ['/openapi.json', 'application/json', () => JSON.stringify(document())],
    ['/openapi.yaml', 'application/yaml', () => stringify(document())],
    ['/docs', 'text/html', () => page],
    ['/docs/start.js', 'text/javascript', () => start],
    ['/docs/swagger-ui.css', 'text/css', () => asset('swagger-ui.css')],
    ['/docs/swagger-ui-bundle.js', 'text/javascript', () => asset('swagger-ui-bundle.js')],
  ]
  const router = Router()
  for (const [path, type, make] of texts) router.get(path, send(type, make))
  return router
}

// Nothing from elsewhere, and no script but those above.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"

/** Sends a text that is made when it is first asked for, as few gateways are: the document takes a fifth of a second. */
const send = (type: string, make: () => string): RequestHandler => {
  const body = once(make)
  return (_request, response) => {
    response.set({
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
    })
    response.type(type).send(body())
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>helpdesk API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: true,
  validatorUrl: null,
})
`
