import { readConfig, serviceConfig } from '@helpdesk/service'

export const readAiConfig = (env: NodeJS.ProcessEnv) => readConfig(serviceConfig, env)

export type AiConfig = ReturnType<typeof readAiConfig>
