import { readStream } from '@helpdesk/events/testing'
import { UpdateConfigRequest } from '@helpdesk/proto/ai'
import type { AiHookEvent, DomainEvent } from '@helpdesk/proto/events'
import type { OutgoingCall } from '@helpdesk/service'
import { vi } from 'vitest'
import { callFor, type TestAi } from './ai.ts'

export const testKey = 'sk-ant-api03-test-key-0123456789-3fQA'

/** A tenant of a test's own that has a key and these settings, and what it says and hears. */
export function tenantsOf(ai: () => TestAi) {
  let last = 100
  return async (settings: Partial<UpdateConfigRequest> = {}) => {
    const tenantId = ++last
    const { client, sql, natsUrl } = ai()
    const set = (wanted: Partial<UpdateConfigRequest>) =>
      client.updateConfig(UpdateConfigRequest.fromPartial(wanted), callFor(tenantId))
    await set({ api_key: testKey, ...settings })
    return {
      tenantId,
      set,
      /** The hook that needs no other service. */
      generate: (intent = 'Say sorry', more: Partial<OutgoingCall> = {}) =>
        client.generateCannedResponse({ intent }, callFor(tenantId, more)),
      usage: () => client.getUsage({}, callFor(tenantId)),
      /** Of this month, in millionths of a cent. */
      async spend() {
        const [row] = await sql<{ cost: number; reserved: number }[]>`
          select cost, reserved from spend where tenant_id = ${tenantId}`
        return row ?? { cost: 0, reserved: 0 }
      },
      /** What subscribers are told of its calls, once there are so many. */
      async told(count: number): Promise<AiHookEvent[]> {
        return vi.waitFor(async () => {
          const events = (await readStream(natsUrl)) as DomainEvent<'ai.hook_failed'>[]
          const own = events.filter(({ tenantid, type }) => tenantid === tenantId && type.startsWith('ai.hook_'))
          if (own.length !== count) throw new Error(`${own.length} events instead of ${count}`)
          return own.map(({ data }) => data)
        }, 15_000)
      },
    }
  }
}
