import { run } from '@helpdesk/service'
import { readGatewayConfig } from './config.ts'
import { startGateway } from './service.ts'

await run('gateway', readGatewayConfig, startGateway)
