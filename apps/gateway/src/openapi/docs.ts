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
  const document = openApiDocument(routes, apiVersion)
  const json = JSON.stringify(document)
  const router = Router()
  router.get('/openapi.json', send('application/json', json))
  router.get('/openapi.yaml', send('application/yaml', stringify(document)))
  router.get('/docs', send('text/html', page))
  router.get('/docs/start.js', send('text/javascript', start))
  for (const [name, type] of [
    ['swagger-ui.css', 'text/css'],
    ['swagger-ui-bundle.js', 'text/javascript'],
  ] as const) {
    router.get(`/docs/${name}`, send(type, readFileSync(join(assets, name), 'utf8')))
  }
  return router
}

// Nothing from elsewhere, and no script but those above.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"

const send =
  (type: string, body: string): RequestHandler =>
  (_request, response) => {
    response.set({
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
    })
    response.type(type).send(body)
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
