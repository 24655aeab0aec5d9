import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { root } from '../stack/local-file.ts'
import { servicesUser, subscriberUser, usersFile, writeUsers } from './nats-users.ts'

/** `init-env`: the secrets of a deployment with docker-compose.yml, made once. */
export function addInitEnvCommand(program: Command): void {
  program
    .command('init-env')
    .description('make the secrets for docker compose: .env and the users of NATS; refuses to replace what is there')
    .option('--folder <folder>', 'where docker-compose.yml lies', root)
    .action(async ({ folder }: { folder: string }, command: Command) => {
      const file = join(folder, '.env')
      const taken = [file, usersFile(folder)].filter((path) => existsSync(path))
      if (taken.length > 0) {
        command.error(
          `There already is ${taken.join(' and ')}. Data made with those secrets would be lost without them.`,
        )
      }
      const natsServices = password()
      const natsSubscriber = password()
      mkdirSync(dirname(usersFile(folder)), { recursive: true })
      await writeUsers(folder, [
        await servicesUser(natsServices),
        await subscriberUser({ name: 'subscriber', password: natsSubscriber }),
      ])
      writeFileSync(file, environment(natsServices, natsSubscriber), { mode: 0o600, flag: 'wx' })
      console.log(`Wrote ${file} and ${usersFile(folder)}. Next: docker compose up --wait`)
    })
}

// URL-safe, since they stand in DATABASE_URL and NATS_URL.
const password = () => randomBytes(24).toString('base64url')

const environment = (
  natsServices: string,
  natsSubscriber: string,
): string => `# Secrets of this deployment. Keep them: \
what was stored with them cannot be read without them.

# Signs list cursors.
CURSOR_SECRET=${password()}
# Encrypts the tenants' Anthropic keys: an id and 32 bytes in base64. See docs/ai.md to replace it.
AI_KEY_ENCRYPTION_KEY=1:${randomBytes(32).toString('base64')}

# What each service shows the others.
GATEWAY_TOKEN=${password()}
TICKETS_TOKEN=${password()}
CATALOG_TOKEN=${password()}
AI_TOKEN=${password()}
ADMIN_TOKEN=${password()}

POSTGRES_PASSWORD=${password()}
GATEWAY_DB_PASSWORD=${password()}
TICKETS_DB_PASSWORD=${password()}
CATALOG_DB_PASSWORD=${password()}
AUDIT_DB_PASSWORD=${password()}
AI_DB_PASSWORD=${password()}

# NATS knows only the hashes of these, in deploy/nats/users/users.conf.
NATS_SERVICES_PASSWORD=${natsServices}
# May read every tenant's events, and publish none.
NATS_SUBSCRIBER_PASSWORD=${natsSubscriber}
`
