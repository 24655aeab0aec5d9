export * from './database.ts'
export * from './errors.ts'
export * from './paging.ts'
