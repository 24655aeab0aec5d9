import type { Request, RequestHandler, Response } from 'express'
import { type ActiveKey, invalidKey, keyPattern } from '../store/api-keys.ts'
import type { KeyRing } from '../store/key-ring.ts'

/** Finds the key behind `Authorization: Bearer …`. Throws `invalid_api_key`. */
export const authenticate = (keys: KeyRing): RequestHandler =>
  async function authenticateKey(request, response, next) {
    response.locals.key = await keys.find(bearerOf(request))
    next()
  }

export const keyOf = (response: Response): ActiveKey => response.locals.key

function bearerOf(request: Request): string {
  const [, secret = ''] = /^Bearer +(\S+) *$/i.exec(request.get('Authorization') ?? '') ?? []
  if (!keyPattern.test(secret)) throw invalidKey()
  return secret
}
