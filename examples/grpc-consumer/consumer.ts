// What a service of yours may do with the help desk: see that a tag is there, open a ticket once, page through tickets,
// and read why a request was refused.
//
//   eval "$(npm run --silent local-env)"
//   npm run example:grpc -- 1042

import { CatalogServiceService, CreateTagRequest, ListTagsRequest, type Tag } from '@helpdesk/proto/catalog'
import { HelpdeskError } from '@helpdesk/proto/errors'
import { CreateTicketRequest, ListTicketsRequest, type Ticket, TicketsServiceService } from '@helpdesk/proto/tickets'
import { HelpdeskClient } from './helpdesk.ts'

const [order = '1042'] = process.argv.slice(2)
const { TICKETS, CATALOG, GRPC_TOKEN, TENANT_ID } = process.env
if (order === '--help' || !TICKETS || !CATALOG || !GRPC_TOKEN || !TENANT_ID) {
  const say = order === '--help' ? console.log : console.error
  say(`Usage: npm run example:grpc -- [order number]

Needs TICKETS and CATALOG (host:port), GRPC_TOKEN and TENANT_ID: eval "$(npm run --silent local-env)" sets them to
those of the local system.`)
  process.exit(order === '--help' ? 0 : 2)
}
const connection = { token: GRPC_TOKEN, tenantId: Number(TENANT_ID), actor: 'system:orders' }
const tickets = new HelpdeskClient({ address: TICKETS, ...connection })
const catalog = new HelpdeskClient({ address: CATALOG, ...connection })

try {
  const tag = await findOrCreateTag('order-problem', 'Order problem')
  console.log(`Tag      ${tag.slug} (id ${tag.id})`)

  const first = await openTicket(order)
  console.log(`Ticket   ${first.reference} for order ${order}: ${first.subject}`)
  const again = await openTicket(order)
  console.log(`Again    ${again.reference}: the same key makes nothing twice`)

  for await (const ticket of ticketsWith(tag)) console.log(`Listed   ${ticket.reference} ${ticket.status}`)

  await openBadTicket()
} catch (error) {
  if (!(error instanceof HelpdeskError)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
} finally {
  tickets.close()
  catalog.close()
}

async function findOrCreateTag(slug: string, name: string): Promise<Tag> {
  try {
    return await catalog.call(CatalogServiceService.createTag, CreateTagRequest.fromPartial({ slug, name }))
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.code === 'slug_taken')) throw error
    const { data } = await catalog.call(CatalogServiceService.listTags, ListTagsRequest.fromPartial({ slug: [slug] }))
    if (!data[0]) throw error
    return data[0]
  }
}

/** Opens the ticket of an order, or gives the one that it opened before. */
function openTicket(orderNumber: string): Promise<Ticket> {
  const request = CreateTicketRequest.fromPartial({
    subject: `Order ${orderNumber} could not be delivered`,
    body_md: 'The carrier brought the parcel back. Please ask for another address.',
    requester: { email: 'hana@example.org', name: 'Hana Example' },
    tags: ['order-problem'],
    custom_fields: { order_number: orderNumber },
  })
  return tickets.call(TicketsServiceService.createTicket, request, {
    idempotencyKey: `order-${orderNumber}-undelivered`,
    requestId: `order-${orderNumber}`,
  })
}

/** Every ticket with a tag, a page at a time. Pages of 2 show the cursor at work; take up to 100. */
async function* ticketsWith(tag: Tag): AsyncGenerator<Ticket> {
  let cursor: string | null | undefined
  do {
    const request = ListTicketsRequest.fromPartial({ tag: tag.slug, sort: '-created_at', limit: 2, cursor })
    const page = await tickets.call(TicketsServiceService.listTickets, request)
    yield* page.data
    cursor = page.next_cursor
  } while (cursor)
}

async function openBadTicket(): Promise<void> {
  try {
    const request = CreateTicketRequest.fromPartial({ requester: { email: 'nobody' }, priority: 'huge' })
    await tickets.call(TicketsServiceService.createTicket, request)
  } catch (error) {
    if (!(error instanceof HelpdeskError && error.code === 'validation_failed')) throw error
    for (const { path, message } of error.fields) console.log(`Refused  ${path}: ${message}`)
  }
}
