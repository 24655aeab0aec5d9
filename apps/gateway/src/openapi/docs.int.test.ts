import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../../../tools/test/programs.ts'
import { startTestGateways, type TestGateways } from '../testing/gateways.ts'

const binary = findProgram('chromium', 'CHROMIUM_PATH')

let started: TestGateways
let browser: Browser | undefined
let origin: string
beforeAll(async () => {
  started = await startTestGateways(1)
  origin = started.gateways[0]?.url ?? ''
  if (binary) browser = await chromium.launch({ executablePath: binary })
})
afterAll(async () => {
  await browser?.close()
  await started[Symbol.asyncDispose]()
})

/** The page with everything on it, what it asked for on the way, and what it complained of. */
async function openDocs() {
  const context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 } })
  onTestFinished(() => context.close())
  // The test's own limit counts: with both cores busy the page took 10 s.
  context.setDefaultTimeout(0)
  const page = await context.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  await context.route('**', (route) => {
    const url = route.request().url()
    asked.push(url)
    return url.startsWith(`${origin}/`) ? route.continue() : route.abort()
  })
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${origin}/api/docs`)
  await page.locator('.opblock').first().waitFor()
  return { page, asked, complaints }
}

const shownOn = (page: Page) =>
  page
    .locator('.opblock-summary')
    .evaluateAll((all) =>
      all.map((each) =>
        [
          each.querySelector('.opblock-summary-method')?.textContent?.toLowerCase(),
          each.querySelector('[data-path]')?.getAttribute('data-path'),
        ].join(' '),
      ),
    )

test.skipIf(!binary)(
  'the page shows every operation, asks nobody but the gateway, and has no complaint',
  async () => {
    const { page, asked, complaints } = await openDocs()
    const { paths } = (await (await fetch(`${origin}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    )
    expect((await shownOn(page)).sort()).toEqual(operations.sort())
    expect(new Set(asked.map((url) => new URL(url).origin))).toEqual(new Set([origin]))
    expect(asked).toContain(`${origin}/api/openapi.json`)
    expect(complaints).toEqual([])
  },
  120_000,
)

test.skipIf(!binary)(
  'an operation can be tried from the page with a key',
  async () => {
    const { key } = await started.key(await started.tenant('docs'))
    const { page, asked, complaints } = await openDocs()
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.locator('.modal-ux input').fill(key)
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).click()
    await page.locator('.modal-ux').getByRole('button', { name: 'Close', exact: true }).click()
    const operation = page.locator('#operations-tags-listTags')
    await operation.locator('.opblock-summary').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
    expect(asked.at(-1)).toMatch(`${origin}/api/v1/helpdesk/tags`)
    expect(complaints).toEqual([])
  },
  120_000,
)
