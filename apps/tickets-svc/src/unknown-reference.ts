import { type FieldViolation, HelpdeskError } from '@helpdesk/proto/errors'

/** A field that names something the tenant does not have. */
export const noSuch = (path: string, resource: string): FieldViolation => ({
  path,
  code: 'not_found',
  message: `There is no such ${resource}.`,
})

/** The error for such fields. */
export const unknownReferences = (fields: FieldViolation[]) =>
  new HelpdeskError('validation_failed', fields.map(({ path, message }) => `${path}: ${message}`).join(' '), { fields })
