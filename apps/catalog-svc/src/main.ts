import { run } from '@helpdesk/service'
import { readCatalogConfig } from './config.ts'
import { startCatalog } from './service.ts'

await run('catalog-svc', readCatalogConfig, startCatalog)
