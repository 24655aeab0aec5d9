import { run } from '@helpdesk/service'
import { readTicketsConfig } from './config.ts'
import { startTickets } from './service.ts'

await run('tickets-svc', readTicketsConfig, startTickets)
