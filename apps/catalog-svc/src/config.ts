import { cursorConfig, readConfig, serviceConfig } from '@helpdesk/service'

export const readCatalogConfig = (env: NodeJS.ProcessEnv) => readConfig({ ...serviceConfig, ...cursorConfig }, env)

export type CatalogConfig = ReturnType<typeof readCatalogConfig>
