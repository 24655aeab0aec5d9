import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { getTenant } from '@helpdesk/gateway/store/tenants.ts'
import {
  CatalogServiceService,
  CreateHelpTopicRequest,
  type HelpTopic,
  ListHelpTopicsRequest,
  UpdateHelpTopicRequest,
} from '@helpdesk/proto/catalog'
import { HelpdeskError, invalidField, notFound } from '@helpdesk/proto/errors'
import { createHelpTopic, updateHelpTopic, validate } from '@helpdesk/proto/schemas'
import { customFieldTypes, ticketPriorities } from '@helpdesk/proto/values'
import { connectGrpc, type GrpcClient, type OutgoingCall } from '@helpdesk/service'
import { type Command, Option } from 'commander'
import { readLocalFile } from '../stack/local-file.ts'
import { asOneOf, asWholeNumber, orWord } from './arguments.ts'
import { run } from './run.ts'

export function addHelpTopicCommands(program: Command): void {
  const topic = program
    .command('help-topic')
    .description('create, list, change and delete help topics, and the custom fields that their tickets are asked for')
    .addOption(
      new Option('--catalog-address <host:port>', "catalog-svc; the local system's unless given").env(
        'CATALOG_ADDRESS',
      ),
    )
    .addOption(
      new Option('--catalog-token <token>', 'a service token for it; safer in the environment').env('CATALOG_TOKEN'),
    )

  topic
    .command('list')
    .description("list a tenant's help topics, those that are not active too")
    .argument('<tenant>', "the tenant's slug")
    .action((tenant, _options, command) => withCatalog(command, tenant, listAll))

  withFields(
    topic
      .command('create')
      .description('create a help topic')
      .argument('<tenant>', "the tenant's slug")
      .argument('<slug>', 'lower-case letters, digits and hyphens; unique in the tenant')
      .option('--name <name>', 'its display name; the slug unless given')
      .option('--inactive', 'do not offer it yet'),
  ).action((tenant, slug, options, command) =>
    withCatalog(command, tenant, async (catalog, call) => {
      const wanted = { custom_fields: [], ...given({ name: slug, ...options, slug }) }
      const request = CreateHelpTopicRequest.fromPartial(validate(createHelpTopic, wanted))
      return [await catalog.createHelpTopic(request, call)]
    }),
  )

  withFields(
    topic
      .command('update')
      .description('change what is given of a help topic, and leave the rest')
      .argument('<tenant>', "the tenant's slug")
      .argument('<slug>', "the topic's slug")
      .option('--slug <slug>', 'its new slug')
      .option('--name <name>', 'its display name')
      .addOption(new Option('--active', 'offer it').conflicts('inactive'))
      .option('--inactive', 'do not offer it any more'),
  ).action((tenant, slug, options, command) =>
    withCatalog(command, tenant, async (catalog, call) => {
      const wanted = validate(updateHelpTopic, given(options))
      const update_mask = Object.keys(wanted)
      if (update_mask.length === 0) throw new HelpdeskError('validation_failed', 'Say what to change: see --help.')
      const { id } = await findTopic(catalog, call, slug)
      const request = UpdateHelpTopicRequest.fromPartial({ ...wanted, id, update_mask })
      return [await catalog.updateHelpTopic(request, call)]
    }),
  )

  topic
    .command('delete')
    .description('delete a help topic; tickets keep its id and their custom fields')
    .argument('<tenant>', "the tenant's slug")
    .argument('<slug>', "the topic's slug")
    .action((tenant, slug, _options, command) =>
      withCatalog(command, tenant, async (catalog, call) => {
        const { id } = await findTopic(catalog, call, slug)
        return [await catalog.deleteHelpTopic({ id }, call)]
      }),
    )
}

/** What create and update have in common. */
const withFields = (command: Command) =>
  command
    .option('--queue-id <id>', 'the queue of its tickets; `none` is the default queue', orWord('none', asWholeNumber))
    .option(
      '--default-priority <priority>',
      `of its tickets: ${ticketPriorities.join(', ')}; or none`,
      orWord('none', asOneOf(ticketPriorities)),
    )
    .option('--custom-fields <file>', 'JSON, see below; - reads standard input; replaces what the topic has')
    .addHelpText(
      'after',
      `
Custom fields are a JSON list, in the order in which they are asked for, like
custom_fields of what \`help-topic list --json\` prints:
  key       [a-z][a-z0-9_]*: its name in a ticket's custom_fields
  label     what people read
  type      ${customFieldTypes.join(', ')}
  required  true or false; false when absent
  options   what a select offers; no other type has them

  [
    { "key": "order_number", "label": "Order number", "type": "number", "required": true },
    { "key": "carrier", "label": "Carrier", "type": "select", "options": ["Post", "Courier"] }
  ]`,
    )

/** The fields of a help topic that options name. */
function given({ slug, name, queueId, defaultPriority, active, inactive, customFields }: Record<string, unknown>) {
  const fields = {
    slug,
    name,
    queue_id: queueId === 'none' ? null : queueId,
    default_priority: defaultPriority === 'none' ? null : defaultPriority,
    is_active: active ?? (inactive ? false : undefined),
    custom_fields: typeof customFields === 'string' ? readCustomFields(customFields) : undefined,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function readCustomFields(file: string): unknown {
  try {
    const read = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
    return Array.isArray(read) ? read.map(withDefaults) : read
  } catch (error) {
    throw invalidField('custom_fields', 'invalid_json', `Cannot read ${file}: ${(error as Error).message}`)
  }
}

const withDefaults = (field: unknown) =>
  typeof field === 'object' && field !== null ? { required: false, options: [], ...field } : field

type Catalog = GrpcClient<typeof CatalogServiceService>

function withCatalog(
  command: Command,
  tenantSlug: string,
  work: (catalog: Catalog, call: OutgoingCall) => Promise<readonly object[]>,
): Promise<void> {
  return run(command, async (sql) => {
    const { tenant_id } = await getTenant(sql, tenantSlug)
    const { address, token } = catalogOf(command)
    using catalog = connectGrpc(CatalogServiceService, { address, token, deadlineMs: 10_000 })
    const actor = { kind: 'system', id: 'admin' } as const
    try {
      return await work(catalog, { tenantId: tenant_id, actor, via: '', requestId: `req_${randomUUID()}` })
    } catch (error) {
      if (!(error instanceof HelpdeskError && error.code === 'unavailable')) throw error
      throw new HelpdeskError('unavailable', `catalog-svc at ${address}: ${error.message}`, { cause: error })
    }
  })
}

/** Another database is another system's, and so is its catalogue. */
function catalogOf(command: Command): { address: string; token: string } {
  const { databaseUrl, catalogAddress, catalogToken } = command.optsWithGlobals()
  const local = databaseUrl ? undefined : readLocalFile()
  const address = catalogAddress ?? local?.grpc.catalog
  const token = catalogToken ?? local?.grpc_token
  if (address && token) return { address, token }
  throw new HelpdeskError('unavailable', 'Give --catalog-address and --catalog-token, or their variables: see --help.')
}

async function findTopic(catalog: Catalog, call: OutgoingCall, slug: string): Promise<HelpTopic> {
  const topic = (await listAll(catalog, call)).find((each) => each.slug === slug)
  if (!topic) throw notFound('help topic')
  return topic
}

async function listAll(catalog: Catalog, call: OutgoingCall): Promise<HelpTopic[]> {
  const topics: HelpTopic[] = []
  let cursor: string | null | undefined
  do {
    const request = ListHelpTopicsRequest.fromPartial({ cursor, limit: 100, include_inactive: true })
    const page = await catalog.listHelpTopics(request, call)
    topics.push(...page.data)
    cursor = page.next_cursor
  } while (cursor)
  return topics
}
