import type { RequestHandler } from 'express'
import { invalidKey } from '../store/api-keys.ts'
import { keyOf } from './authenticate.ts'

/** acme.BASE_DOMAIN takes only keys of the tenant acme. Other hosts say nothing of the tenant. */
export const checkHost = (baseDomain: string | undefined): RequestHandler => {
  const suffix = baseDomain === undefined ? undefined : `.${baseDomain.toLowerCase()}`
  return function checkHostTenant(request, response, next) {
    const host = request.hostname?.toLowerCase() ?? ''
    if (suffix && host.endsWith(suffix) && host.slice(0, -suffix.length) !== keyOf(response).tenant_slug) {
      throw invalidKey()
    }
    next()
  }
}
