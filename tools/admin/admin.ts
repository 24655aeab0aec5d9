// `npm run admin`: tenants and API keys, through the gateway's own store.

import { createApiKey, listApiKeys, revokeApiKey } from '@helpdesk/gateway/store/api-keys.ts'
import { createTenant, getTenant, listTenants, updateTenant } from '@helpdesk/gateway/store/tenants.ts'
import { connect, type Sql } from '@helpdesk/postgres'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { name, slug, validate } from '@helpdesk/proto/schemas'
import { plans, scopes } from '@helpdesk/proto/values'
import { Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { databaseUrlOf, readLocalFile } from '../stack/local-file.ts'

const program = new Command('npm run admin --')
  .description('Administers a help desk: its tenants and API keys.')
  .addOption(
    new Option('--database-url <url>', "the gateway's database; that of the local system unless given").env(
      'GATEWAY_DATABASE_URL',
    ),
  )
  .option('--json', 'print JSON instead of a table')
  .showHelpAfterError()

const tenant = program.command('tenant').description('create, list and change tenants')

tenant
  .command('create')
  .description('create a tenant')
  .argument('<slug>', 'lower-case letters, digits and hyphens; unique')
  .option('--name <name>', 'its display name; the slug unless given')
  .addOption(new Option('--plan <plan>').choices(plans).default('sovereign'))
  .option('--test', 'a test tenant, whose keys begin with mc_test_', false)
  .action((slugArgument, options) =>
    withStore(async (sql) => {
      const wanted = { slug: slugArgument, name: options.name ?? slugArgument }
      const checked = validate(z.strictObject({ slug, name }), wanted)
      print([await createTenant(sql, { ...checked, plan: options.plan, is_test: options.test })])
    }),
  )

tenant
  .command('list')
  .description('list tenants')
  .action(() => withStore(async (sql) => print(await listTenants(sql))))

tenant
  .command('plan')
  .description("change a tenant's plan")
  .argument('<slug>')
  .addArgument(program.createArgument('<plan>', plans.join(', ')).choices(plans))
  .action((slugArgument, plan) => withStore(async (sql) => print([await updateTenant(sql, slugArgument, { plan })])))

const key = program.command('key').description('create, list and revoke API keys')

key
  .command('create')
  .description('create an API key; it is shown this once')
  .argument('<tenant>', "the tenant's slug")
  .requiredOption('--name <name>', 'what the key is for')
  .option('--scopes <scopes>', `with commas between: ${scopes.join(', ')}`, asScopes, [...scopes])
  .option('--rate-limit <number>', 'requests a minute', asWholeNumber)
  .option('--expires <time>', 'RFC 3339, such as 2027-01-01T00:00:00Z', asTime)
  .option('--origins <origins>', 'with commas between: the origins browsers may call from', asList)
  .action((tenantSlug, options) =>
    withStore(async (sql) => {
      const created = await createApiKey(sql, await getTenant(sql, tenantSlug), {
        name: validate(name, options.name, ['name']),
        scopes: options.scopes,
        rate_limit_per_minute: options.rateLimit,
        expires_at: options.expires,
        allowed_origins: options.origins,
      })
      print([created])
    }),
  )

key
  .command('list')
  .description("list a tenant's API keys")
  .argument('<tenant>', "the tenant's slug")
  .action((tenantSlug) =>
    withStore(async (sql) => {
      const { tenant_id } = await getTenant(sql, tenantSlug)
      print(await listApiKeys(sql, tenant_id))
    }),
  )

key
  .command('revoke')
  .description('revoke an API key, at once and for good')
  .argument('<tenant>', "the tenant's slug")
  .argument('<id>', "the key's id", asWholeNumber)
  .action((tenantSlug, id) =>
    withStore(async (sql) => {
      const { tenant_id } = await getTenant(sql, tenantSlug)
      print([await revokeApiKey(sql, tenant_id, id)])
    }),
  )

await program.parseAsync()

async function withStore(run: (sql: Sql) => Promise<void>): Promise<void> {
  const local = readLocalFile()
  const url = program.opts().databaseUrl ?? (local && databaseUrlOf(local.postgres_url, 'gateway'))
  if (!url) {
    console.error('There is no local system here: start one with npm start, or give --database-url.')
    process.exitCode = 1
    return
  }
  const sql = connect({ url, name: 'admin', max: 1 })
  try {
    await run(sql)
  } catch (error) {
    const message = error instanceof HelpdeskError || isConnectionError(error) ? error.message : String(error)
    console.error(message)
    process.exitCode = 1
  } finally {
    await sql.end()
  }
}

const isConnectionError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && /^(ECONN|CONNECT)/.test(String(error.code))

function print(rows: readonly object[]): void {
  if (program.opts().json) {
    console.log(JSON.stringify(rows, null, 2))
    return
  }
  if (rows.length === 0) console.log('None.')
  for (const row of rows) {
    for (const [field, value] of Object.entries(row)) console.log(`${field.padEnd(22)} ${shown(value)}`)
    console.log()
  }
}

function shown(value: unknown): string {
  if (value === null) return '-'
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function asScopes(text: string) {
  return asList(text).map((given) => {
    const scope = scopes.find((each) => each === given || each === `helpdesk:${given}`)
    if (!scope) throw new InvalidArgumentError(`There is no scope ${given}; there are ${scopes.join(', ')}.`)
    return scope
  })
}

function asList(text: string): string[] {
  return text.split(',').map((each) => each.trim())
}

function asWholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Must be a whole number above 0.')
  return Number(text)
}

function asTime(text: string): Date {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('Must be a time such as 2027-01-01T00:00:00Z.')
  return time
}
