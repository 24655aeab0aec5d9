import { createApiKey, listApiKeys, revokeApiKey } from '@helpdesk/gateway/store/api-keys.ts'
import { getTenant } from '@helpdesk/gateway/store/tenants.ts'
import { name, validate } from '@helpdesk/proto/schemas'
import { scopes } from '@helpdesk/proto/values'
import { type Command, Option } from 'commander'
import { asFutureTime, asOrigins, asScopes, asWholeNumber } from './arguments.ts'
import { run } from './run.ts'

export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('create, list and revoke API keys')

  key
    .command('create')
    .description('create an API key; it is shown this once')
    .argument('<tenant>', "the tenant's slug")
    .requiredOption('--name <name>', 'what the key is for')
    .addOption(
      new Option('--scopes <scopes>', `with commas between: ${scopes.join(', ')}; or read, write, admin`)
        .argParser(asScopes)
        .default([...scopes], 'all'),
    )
    .option('--rate-limit <number>', "requests a minute; the tenant's limit unless given", asWholeNumber)
    .option('--expires <time>', 'RFC 3339, such as 2027-01-01T00:00:00Z; never unless given', asFutureTime)
    .option(
      '--origins <origins>',
      'with commas between: where browsers may call from; anywhere unless given',
      asOrigins,
    )
    .action((tenantSlug, options, command) =>
      run(command, async (sql) => [
        await createApiKey(sql, await getTenant(sql, tenantSlug), {
          name: validate(name, options.name, ['name']),
          scopes: options.scopes,
          rate_limit_per_minute: options.rateLimit,
          expires_at: options.expires,
          allowed_origins: options.origins,
        }),
      ]),
    )

  key
    .command('list')
    .description("list a tenant's API keys")
    .argument('<tenant>', "the tenant's slug")
    .action((tenantSlug, _options, command) =>
      run(command, async (sql) => {
        const { tenant_id } = await getTenant(sql, tenantSlug)
        return listApiKeys(sql, tenant_id)
      }),
    )

  key
    .command('revoke')
    .description('revoke an API key, at once and for good')
    .argument('<tenant>', "the tenant's slug")
    .argument('<id>', "the key's id", asWholeNumber)
    .action((tenantSlug, id, _options, command) =>
      run(command, async (sql) => {
        const { tenant_id } = await getTenant(sql, tenantSlug)
        return [await revokeApiKey(sql, tenant_id, id)]
      }),
    )
}
