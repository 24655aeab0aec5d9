// For tests: what must hold for every RPC of a service, through the service's own door.

import type { HelpdeskError } from '@helpdesk/proto/errors'
import { describe, expect, test, vi } from 'vitest'
import type { GrpcClient, OutgoingCall } from './grpc-client.ts'

type RequestOf<M> = M extends { requestSerialize: (request: infer Request) => Buffer } ? Request : never

interface Example<Request> {
  /** A request that tenant 1 is answered, made anew each time. */
  good: () => Request | Promise<Request>
  /** What makes it bad, by the field that is to be named. */
  bad?: Record<string, Partial<Request>>
  /** What makes it name something that the tenant does not have, by that field; words behind it tell cases apart. */
  unknown?: Record<string, Partial<Request>>
  /** What makes it another good request for the same resource. */
  other?: Partial<Request>
  /** An id that is not there is no error. */
  unknownIdIsFine?: true
}

/** An example of each RPC: one that is left out does not compile. */
export type Examples<S> = { [Method in keyof S]: Example<RequestOf<S[Method]>> }

type Call = (request: object, call: OutgoingCall) => Promise<object>

/** Holds every RPC against the contract's common rules. Tenants 1 and 2 are for it. */
export function testEveryRpc<S>(
  service: S,
  examples: Examples<S>,
  client: () => GrpcClient<S>,
  callFor: (tenantId: number, more?: Partial<OutgoingCall>) => OutgoingCall,
): void {
  const rpcs = Object.entries(examples as Record<string, Example<object>>)
  const emptyRequest = (name: string): object =>
    (service as Record<string, { requestDeserialize: (bytes: Buffer) => object }>)[name]?.requestDeserialize(
      Buffer.alloc(0),
    ) ?? {}
  describe.each(rpcs)('%s', (name, { good, bad = {}, unknown = {}, other, unknownIdIsFine }) => {
    const ask: Call = (request, call) => (client() as unknown as Record<string, Call>)[name]?.(request, call) as never
    const refusal = (request: object, call: OutgoingCall): Promise<HelpdeskError> =>
      ask(request, call).then(
        (answer) => expect.fail(`answered ${JSON.stringify(answer)}`),
        (error) => error,
      )
    const changes = !/^(get|list|count|render|resolve|verify|find)/.test(name)
    const isAboutOne = 'id' in emptyRequest(name) && !unknownIdIsFine

    test.for(Object.entries(bad))('names a bad %s', async ([field, part]) => {
      const error = await refusal({ ...(await good()), ...part }, callFor(1))
      expect(error).toMatchObject({ code: 'validation_failed', fields: [{ path: field }] })
    })

    test.for(Object.entries(unknown))('refuses a %s that the tenant does not have', async ([field, part]) => {
      const error = await refusal({ ...(await good()), ...part }, callFor(1))
      expect(error).toMatchObject({
        code: 'validation_failed',
        fields: [{ path: field.split(' ')[0], code: 'not_found' }],
      })
    })

    test('answers a good request', async () => {
      expect(await ask(await good(), callFor(1))).toEqual(expect.any(Object))
    })

    if (isAboutOne) {
      test('finds nothing of another tenant, and nothing that is not there', async () => {
        const request = await good()
        expect((await refusal(request, callFor(2))).code).toBe('not_found')
        expect((await refusal({ ...request, id: 999_999_999 }, callFor(1))).code).toBe('not_found')
      })
    }

    if (changes && isAboutOne) {
      test('changes only the version in if-match', async () => {
        const error = await refusal(await good(), callFor(1, { ifMatch: 999 }))
        expect(error).toMatchObject({ code: 'version_mismatch', details: { current_version: expect.any(Number) } })
      })
    }

    if (changes) {
      test('changes once under one idempotency key', async () => {
        const onReplayed = vi.fn()
        const call = callFor(1, { idempotencyKey: `key of ${name}`, onReplayed })
        const request = await good()
        const answer = await ask(request, call)
        expect(onReplayed).not.toHaveBeenCalled()
        expect(await ask(request, call)).toEqual(answer)
        expect(onReplayed).toHaveBeenCalledOnce()
        if (other) expect((await refusal({ ...request, ...other }, call)).code).toBe('idempotency_key_reused')
      })
    }

    if ('cursor' in emptyRequest(name)) {
      test('refuses a cursor that is not its own', async () => {
        expect((await refusal({ ...(await good()), cursor: 'x.y' }, callFor(1))).code).toBe('invalid_cursor')
      })
    }
  })
}
