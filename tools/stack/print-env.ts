// `npm run local-env`: the local system's addresses and secrets as shell variables, for `eval`.

import { connect } from '@helpdesk/postgres'
import { databaseUrlOf, readLocalFile } from './local-file.ts'

const local = readLocalFile()
if (!local) {
  console.error('There is no local system here: start one with npm start.')
  process.exit(1)
}
const sql = connect({ url: databaseUrlOf(local.postgres_url, 'gateway'), name: 'local-env', max: 1 })
const [tenant] = await sql<{ tenant_id: number }[]>`select tenant_id from tenants where slug = ${local.tenant}`
await sql.end()
const variables = {
  URL: local.gateway_url,
  KEY: local.keys.full,
  TENANT_ID: tenant?.tenant_id,
  GRPC_TOKEN: local.grpc_token,
  TICKETS: local.grpc.tickets,
  CATALOG: local.grpc.catalog,
  AUDIT: local.grpc.audit,
  AI: local.grpc.ai,
  NATS_URL: local.nats_url,
}
for (const [name, value] of Object.entries(variables)) console.log(`export ${name}='${value}'`)
