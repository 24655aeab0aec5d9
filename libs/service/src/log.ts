import { type Logger, pino } from 'pino'

export type { Logger }

/** JSON lines on standard output. Values under these names are secrets and are never written. */
export const createLog = (service: string, level: string): Logger =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['authorization', 'api_key', 'token', 'password', '*.authorization', '*.api_key', '*.token', '*.password'],
      censor: '[redacted]',
    },
  })
