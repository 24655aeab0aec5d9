import { type DeadLetter, dropDeadLetter, listDeadLetters, requestReplay } from '@helpdesk/events'
import type { Sql } from '@helpdesk/postgres'
import { HelpdeskError, notFound } from '@helpdesk/proto/errors'
import { type Command, Option } from 'commander'
import { asWholeNumber } from './arguments.ts'
import { checkedUrl, type Database, localDatabaseUrl, onDatabase, report } from './run.ts'

/** The services with consumers, and what their databases are called. */
const services = ['tickets-svc', 'catalog-svc', 'audit-svc', 'ai-svc'] as const
type Service = (typeof services)[number]
const databaseOf = (service: Service) => service.replace('-svc', '')
const variableOf = (service: Service) => `${databaseOf(service).toUpperCase()}_DATABASE_URL`

export function addDeadLetterCommands(program: Command): void {
  const deadLetters = program
    .command('dead-letters')
    .description('the events that a service could not handle: list them, have them replayed, or drop one')
    .addOption(new Option('--service <service>', 'of this service only').choices(services))
  for (const service of services) {
    deadLetters.addOption(
      new Option(`--${databaseOf(service)}-database-url <url>`, `${service}'s database`).env(variableOf(service)),
    )
  }
  deadLetters.addHelpText(
    'after',
    `
Without a database it works on the local system; with some, on the services whose database is given.`,
  )

  deadLetters
    .command('list')
    .description('list them, those that were parked first first')
    .option('--limit <number>', 'how many of each service', asWholeNumber, 100)
    .action(({ limit }, command) => onEach(command, (sql) => listDeadLetters(sql, limit)))

  deadLetters
    .command('replay')
    .description('have the service handle them once more, within seconds; what fails again is listed again')
    .argument('[event-id]', 'as listed')
    .option('--all', 'all of them')
    .action((eventId, { all }, command) => {
      if (!eventId === !all) command.error('Give an event id, or --all.')
      return onEach(command, (sql) => requestReplay(sql, eventId), eventId)
    })

  deadLetters
    .command('drop')
    .description('give one up: the service will never have handled it')
    .argument('<event-id>', 'as listed')
    .action((eventId, _options, command) => onEach(command, (sql) => dropDeadLetter(sql, eventId), eventId))
}

/** Works on one database after another. When an event is named and none has it, that is an error. */
function onEach(command: Command, work: (sql: Sql) => Promise<DeadLetter[]>, eventId?: string): Promise<void> {
  return report(command, async () => {
    const rows: object[] = []
    for (const database of databases(command)) {
      for (const letter of await onDatabase(database, work)) {
        // The rest of it, a stack, stands in the table and in the service's log.
        rows.push({ service: database.owner, ...letter, error: letter.error.split('\n')[0] })
      }
    }
    if (eventId && rows.length === 0) throw notFound('dead letter')
    return rows
  })
}

function databases(command: Command): Database[] {
  const { service, databaseUrl, ...options } = command.optsWithGlobals()
  const urlOf = (each: Service): string | undefined => options[`${databaseOf(each)}DatabaseUrl`]
  const given = services.filter(urlOf)
  // Another gateway's database is another system's, and so are the services.
  const reachable = given.length > 0 || databaseUrl ? given : services
  const wanted = reachable.filter((each) => !service || each === service)
  if (wanted.length === 0) {
    throw new HelpdeskError('unavailable', `Give the database of ${service ?? 'a service'}: see --help.`)
  }
  return wanted.map((each) => {
    const name = databaseOf(each)
    const url = urlOf(each) ?? localDatabaseUrl(name, `--${name}-database-url`)
    return { owner: each, url: checkedUrl(url, `${name}_database_url`) }
  })
}
