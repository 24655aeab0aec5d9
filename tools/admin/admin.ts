// `npm run admin`: tenants and API keys through the gateway's own store, help topics over gRPC, dead letters in each
// service's database, and what a deployment with docker-compose.yml needs.

import { Command, Option } from 'commander'
import { addKeyCommands } from './api-keys.ts'
import { addDeadLetterCommands } from './dead-letters.ts'
import { addHelpTopicCommands } from './help-topics.ts'
import { addInitEnvCommand } from './init-env.ts'
import { addNatsUserCommands } from './nats-users.ts'
import { addTenantCommands } from './tenants.ts'

const program = new Command('npm run admin --')
  .description(
    'Administers a help desk: its tenants, their API keys, and what their tickets are asked, and what went wrong.',
  )
  .addOption(
    new Option('--database-url <url>', "the gateway's database; that of the local system unless given").env(
      'GATEWAY_DATABASE_URL',
    ),
  )
  .option('--json', 'print JSON, errors too')
  .showHelpAfterError('(--help tells more)')
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Without options it works on the local system, which npm start runs.

Examples:
  npm run admin -- tenant create acme --name 'Acme Ltd'
  npm run admin -- key create acme --name 'web shop' --scopes read,write
  npm run admin -- tenant rate-limit acme 1200
  npm run admin -- help-topic create acme returns --name Returns --custom-fields fields.json
  npm run admin -- dead-letters list --service audit-svc`,
  )

addTenantCommands(program)
addKeyCommands(program)
addHelpTopicCommands(program)
addDeadLetterCommands(program)
addInitEnvCommand(program)
addNatsUserCommands(program)

await program.parseAsync()
