import { createTenant, listTenants, updateTenant } from '@helpdesk/gateway/store/tenants.ts'
import { name, slug, validate } from '@helpdesk/proto/schemas'
import { plans } from '@helpdesk/proto/values'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { asOneOf, asWholeNumber, orWord } from './arguments.ts'
import { run } from './run.ts'

export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('create, list and change tenants')

  tenant
    .command('create')
    .description('create a tenant')
    .argument('<slug>', 'lower-case letters, digits and hyphens; unique')
    .option('--name <name>', 'its display name; the slug unless given')
    .addOption(new Option('--plan <plan>').choices(plans).default('sovereign'))
    .option('--test', 'a test tenant, whose keys begin with mc_test_', false)
    .action((slugArgument, options, command) =>
      run(command, async (sql) => {
        const wanted = { slug: slugArgument, name: options.name ?? slugArgument }
        const checked = validate(z.strictObject({ slug, name }), wanted)
        return [await createTenant(sql, { ...checked, plan: options.plan, is_test: options.test })]
      }),
    )

  tenant
    .command('list')
    .description('list tenants')
    .action((_options, command) => run(command, listTenants))

  tenant
    .command('plan')
    .description("change a tenant's plan")
    .argument('<slug>', "the tenant's slug")
    .argument('<plan>', plans.join(', '), asOneOf(plans))
    .action((slugArgument, plan, _options, command) =>
      run(command, async (sql) => [await updateTenant(sql, slugArgument, { plan })]),
    )

  tenant
    .command('rate-limit')
    .description("change how many requests a minute each of a tenant's keys may make, if it has no limit of its own")
    .argument('<slug>', "the tenant's slug")
    .argument('<limit>', "a whole number, or `default` for the platform's", orWord('default', asWholeNumber))
    .action((slugArgument, limit, _options, command) =>
      run(command, async (sql) => {
        const rate_limit_per_minute = limit === 'default' ? null : limit
        return [await updateTenant(sql, slugArgument, { rate_limit_per_minute })]
      }),
    )
}
