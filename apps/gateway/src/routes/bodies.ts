// From the JSON of a body to the fields of a request.

/** The fields of an update, with the mask that says which they are; sorted, so that a retry is the same request. */
export const masked = <T extends object>(body: T): T & { update_mask: string[] } => ({
  ...body,
  update_mask: Object.keys(body).sort(),
})

/** On a create, null says the same as leaving a field out, and protobuf's repeated fields know no null. */
export const nullsAsAbsent = <T extends object>(body: T): { [K in keyof T]: Exclude<T[K], null> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as never
