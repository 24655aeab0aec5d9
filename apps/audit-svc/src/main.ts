import { run } from '@helpdesk/service'
import { readAuditConfig } from './config.ts'
import { startAudit } from './service.ts'

await run('audit-svc', readAuditConfig, startAudit)
