import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Sql } from '@helpdesk/postgres'
import { databaseUrlOf } from '../stack/local-file.ts'

/** Waits until the outboxes are empty and the audit log has their events; gives the seconds it took. */
export async function caughtUp(postgresUrl: string, tenantId: number): Promise<number> {
  const began = performance.now()
  const [tickets, catalog, audit] = ['tickets', 'catalog', 'audit'].map((name) =>
    connect({ url: databaseUrlOf(postgresUrl, name), name: 'bench', max: 1 }),
  ) as [Sql, Sql, Sql]
  try {
    for (;;) {
      const newest: { event_id: string; published: boolean }[] = []
      for (const database of [tickets, catalog]) {
        newest.push(
          ...(await database<{ event_id: string; published: boolean }[]>`
            select event_id, published_at is not null as published from outbox
             where subject <> 'floor' order by id desc limit 1`),
        )
      }
      const ids = newest.map(({ event_id }) => event_id)
      const [{ count }] = await audit<[{ count: number }]>`
        select count(*) from audit_log where tenant_id = ${tenantId} and event_id = any(${ids})`
      if (count === ids.length && newest.every(({ published }) => published)) break
      await sleep(20)
    }
  } finally {
    await Promise.all([tickets, catalog, audit].map((database) => database.end()))
  }
  return (performance.now() - began) / 1_000
}
