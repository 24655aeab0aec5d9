import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { type Command, InvalidArgumentError } from 'commander'
import { root } from '../stack/local-file.ts'

interface NatsUser {
  user: string
  /** bcrypt */
  password: string
  permissions?: { publish: { allow: string[] }; subscribe: { allow: string[] } }
}

const stream = 'HELPDESK_EVENTS'

/** What deploy/nats/nats.conf includes. */
export const usersFile = (folder: string): string => join(folder, 'deploy/nats/users/users.conf')

/** `nats-user`: who may listen to a deployment's events. */
export function addNatsUserCommands(program: Command): void {
  const natsUser = program
    .command('nats-user')
    .description('who may listen to the events of a docker compose deployment')

  natsUser
    .command('create')
    .description('create a user who may read events and publish none; the password is shown this once')
    .argument('<name>', 'lower-case letters, digits and hyphens; also the name of its durable consumer', asUserName)
    .option('--tenant-id <id>', 'confine it to one tenant', asTenantId)
    .option('--folder <folder>', 'where docker-compose.yml lies', root)
    .action(async (name: string, { tenantId, folder }: { tenantId?: number; folder: string }, command: Command) => {
      const users = readUsers(folder, command)
      if (users.some(({ user }) => user === name)) command.error(`There already is a user ${name}.`)
      const password = randomBytes(24).toString('base64url')
      await writeUsers(folder, [...users, await subscriberUser({ name, password, tenantId })])
      console.log(`nats://${name}:${password}@127.0.0.1:4222

For NATS to know it: docker compose kill -s HUP nats
It connects with the inbox prefix _INBOX_${name}, and its durable consumer has its name.`)
    })

  natsUser
    .command('list')
    .description('list the users')
    .option('--folder <folder>', 'where docker-compose.yml lies', root)
    .action(({ folder }: { folder: string }, command: Command) => {
      for (const { user, permissions } of readUsers(folder, command)) {
        console.log(`${user.padEnd(22)} ${permissions?.subscribe.allow.join(' ') ?? 'everything'}`)
      }
    })

  natsUser
    .command('delete')
    .description('take a user away')
    .argument('<name>')
    .option('--folder <folder>', 'where docker-compose.yml lies', root)
    .action(async (name: string, { folder }: { folder: string }, command: Command) => {
      const users = readUsers(folder, command)
      const others = users.filter(({ user }) => user !== name)
      if (others.length === users.length) command.error(`There is no user ${name}.`)
      if (name === 'services') command.error('The services themselves connect as this user.')
      await writeUsers(folder, others)
      console.log('Deleted. For NATS to know it: docker compose kill -s HUP nats')
    })
}

const hash = (password: string): Promise<string> => bcrypt.hash(password, 10)

export const servicesUser = async (password: string): Promise<NatsUser> => ({
  user: 'services',
  password: await hash(password),
})

interface Subscriber {
  name: string
  password: string
  /** The one tenant whose events it may read; every tenant's when absent. */
  tenantId?: number | undefined
}

/**
 * A user with one durable consumer, which bears his name, and an inbox of his own: in the usual one he could read what
 * is sent to others. The subject on which a consumer is made ends in its filter, and the server holds the two together,
 * so a confined user cannot ask for another tenant's events. The older subjects of that call do not have the filter.
 */
export async function subscriberUser({ name, password, tenantId }: Subscriber): Promise<NatsUser> {
  const events = tenantId === undefined ? 'helpdesk.events.>' : `helpdesk.events.v1.${tenantId}.>`
  return {
    user: name,
    password: await hash(password),
    permissions: {
      publish: {
        allow: [
          '$JS.API.INFO',
          `$JS.API.CONSUMER.CREATE.${stream}.${name}.${events}`,
          `$JS.API.CONSUMER.INFO.${stream}.${name}`,
          `$JS.API.CONSUMER.DELETE.${stream}.${name}`,
          `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
          `$JS.ACK.${stream}.${name}.>`,
        ],
      },
      subscribe: { allow: [events, `_INBOX_${name}.>`] },
    },
  }
}

const head = `# Made by npm run admin -- init-env and nats-user. Passwords are bcrypt hashes.
users: `

function readUsers(folder: string, command: Command): NatsUser[] {
  const file = usersFile(folder)
  if (!existsSync(file)) command.error(`There is no ${file}: make it with npm run admin -- init-env.`)
  return JSON.parse(readFileSync(file, 'utf8').slice(head.length))
}

export async function writeUsers(folder: string, users: readonly NatsUser[]): Promise<void> {
  writeFileSync(usersFile(folder), `${head}${JSON.stringify(users, null, 2)}\n`)
}

function asUserName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) return text
  throw new InvalidArgumentError('Must be lower-case letters, digits and hyphens, up to 32.')
}

function asTenantId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError("Must be a tenant's id; npm run admin -- tenant list shows them.")
}
