interface Found {
  operation: string
  parameters?: Record<string, string | number>
  query?: Record<string, string>
}

/** Says by the document of a running system which operation a request is, and with which parameters. */
export async function operationFinder(gatewayUrl: string): Promise<(method: string, path: string) => Found> {
  const document = (await (await fetch(`${gatewayUrl}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>
  }
  // The path with the fewest parameters is the one that is served.
  const known = Object.entries(document.paths)
    .map(([path, item]) => ({ pattern: patternOf(path.replace('/api/v1/helpdesk', '')), item }))
    .sort((a, b) => a.pattern.source.split('?<').length - b.pattern.source.split('?<').length)
  return (method, path) => {
    const { pathname, searchParams } = new URL(path, gatewayUrl)
    const place = known.find(({ pattern, item }) => pattern.test(pathname) && method.toLowerCase() in item)
    if (!place) throw new Error(`${method} ${path} is not in the document`)
    const parameters = place.pattern.exec(pathname)?.groups
    return {
      operation: place.item[method.toLowerCase()]?.operationId ?? '',
      ...(parameters && { parameters: mapValues(parameters, asNumber) }),
      ...(searchParams.size > 0 && { query: Object.fromEntries(searchParams) }),
    }
  }
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
const asNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : text)
const mapValues = <A, B>(object: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))
