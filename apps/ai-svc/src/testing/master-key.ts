/** A master key of this name, the same each time. */
export const masterKey = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`
