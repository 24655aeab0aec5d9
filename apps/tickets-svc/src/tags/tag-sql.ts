import type { Sql, Tx } from '@helpdesk/postgres'
import { invalidFields } from '@helpdesk/proto/errors'
import type { TicketTag } from '@helpdesk/proto/tickets'
import { noSuch } from '../unknown-reference.ts'

/** Notes what catalog-svc says of its tags. The newer version wins; a deleted tag stays deleted. */
export async function saveTags(
  sql: Sql | Tx,
  tenantId: number,
  tags: readonly (TicketTag & { version: number })[],
): Promise<void> {
  const rows = tags.map(({ id, slug, name, color, version }) => ({
    tenant_id: tenantId,
    id,
    slug,
    name,
    color,
    version,
  }))
  await sql`
    insert into tags ${sql(rows)}
    on conflict (tenant_id, id) do update
      set slug = excluded.slug, name = excluded.name, color = excluded.color, version = excluded.version
      where tags.version < excluded.version and not tags.is_deleted`
}

/**
 * Marks a tag as deleted and takes it off every ticket; gives how many had it.
 * Each of them comes a version further, but keeps its updated_at, so that lists do not turn over.
 */
export async function detachTag(tx: Tx, tenantId: number, tagId: number): Promise<number> {
  // First, and alone: it waits for changes that hold the tag, and what they attached must be seen below.
  await tx`update tags set is_deleted = true where tenant_id = ${tenantId} and id = ${tagId} and not is_deleted`
  // The tickets before their tags, as every change locks them.
  const tickets = await tx`
    update tickets t
       set version = t.version + 1
      from ticket_tags l
     where l.tenant_id = ${tenantId} and l.tag_id = ${tagId} and t.tenant_id = l.tenant_id and t.id = l.ticket_id`
  await tx`delete from ticket_tags where tenant_id = ${tenantId} and tag_id = ${tagId}`
  return tickets.count
}

/**
 * The tags with these slugs, which stay undeleted until the transaction ends.
 * Throws `validation_failed` naming each slug there is no tag for, at `<field>.<index>`.
 */
export async function takeTags(
  tx: Tx,
  tenantId: number,
  slugs: readonly string[],
  field: string,
): Promise<TicketTag[]> {
  if (slugs.length === 0) return []
  const rows = await tx<TicketTag[]>`
    select id, slug, name, color
      from tags
     where tenant_id = ${tenantId} and slug = any(${slugs as string[]}) and not is_deleted
     order by slug, id
       for share`
  const bySlug = new Map(rows.map((tag) => [tag.slug, tag]))
  const fields = slugs.flatMap((slug, index) => (bySlug.has(slug) ? [] : [noSuch(`${field}.${index}`, 'tag')]))
  if (fields.length > 0) throw invalidFields(fields)
  return [...bySlug.values()]
}
