import { run } from '@helpdesk/service'
import { readAiConfig } from './config.ts'
import { startAi } from './service.ts'

await run('ai-svc', readAiConfig, startAi)
