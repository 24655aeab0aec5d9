import type { FieldViolation } from '@helpdesk/proto/errors'

/** A field that names something the tenant does not have. */
export const noSuch = (path: string, resource: string): FieldViolation => ({
  path,
  code: 'not_found',
  message: `There is no such ${resource}.`,
})
