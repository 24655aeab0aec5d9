import type { Call } from '@helpdesk/proto/call'

/** The handlers, each run after `prepare`. */
export function beforeEach<H extends object>(prepare: (call: Call) => Promise<void>, handlers: H): H {
  const prepared = Object.entries(handlers).map(([name, handle]) => [
    name,
    async (request: unknown, call: Call) => {
      await prepare(call)
      return handle(request, call)
    },
  ])
  return Object.fromEntries(prepared)
}
