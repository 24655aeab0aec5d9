import type { Config, GetConfigRequest } from '@helpdesk/proto/ai'
import type { Call } from '@helpdesk/proto/call'
import type { Ai } from '../service.ts'
import { readConfig } from './config-sql.ts'

export const getConfig = ({ sql }: Ai, _request: GetConfigRequest, { tenantId }: Call): Promise<Config> =>
  readConfig(sql, tenantId)
