import { cursorConfig, readConfig, serviceConfig } from '@helpdesk/service'

export const readAuditConfig = (env: NodeJS.ProcessEnv) => readConfig({ ...serviceConfig, ...cursorConfig }, env)

export type AuditConfig = ReturnType<typeof readAuditConfig>
