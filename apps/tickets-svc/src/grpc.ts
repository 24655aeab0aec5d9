import type { TicketsServiceService } from '@helpdesk/proto/tickets'
import type { Handlers } from '@helpdesk/service'
import { createAgent } from './agents/create-agent.ts'
import { deleteAgent } from './agents/delete-agent.ts'
import { getAgent } from './agents/get-agent.ts'
import { listAgents } from './agents/list-agents.ts'
import { updateAgent } from './agents/update-agent.ts'
import { createQueue } from './queues/create-queue.ts'
import { deleteQueue } from './queues/delete-queue.ts'
import { getQueue } from './queues/get-queue.ts'
import { listQueues } from './queues/list-queues.ts'
import { updateQueue } from './queues/update-queue.ts'
import { getRequester } from './requesters/get-requester.ts'
import { listRequesters } from './requesters/list-requesters.ts'
import type { Tickets } from './service.ts'
import { countTagTickets } from './tags/count-tag-tickets.ts'
import { detachTag } from './tags/detach-tag.ts'
import { assignTicket } from './tickets/assign-ticket.ts'
import { createTicket } from './tickets/create-ticket.ts'
import { getTicket } from './tickets/get-ticket.ts'
import { listMessages } from './tickets/list-messages.ts'
import { listTickets } from './tickets/list-tickets.ts'
import { moveTicket } from './tickets/move-ticket.ts'
import { replyToTicket } from './tickets/reply-to-ticket.ts'
import { setTicketStatus } from './tickets/set-ticket-status.ts'
import { updateTicket } from './tickets/update-ticket.ts'

export const ticketsHandlers = (tickets: Tickets): Handlers<TicketsServiceService> => ({
  listTickets: (request, call) => listTickets(tickets, request, call),
  getTicket: (request, call) => getTicket(tickets, request, call),
  createTicket: (request, call) => createTicket(tickets, request, call),
  updateTicket: (request, call) => updateTicket(tickets, request, call),
  replyToTicket: (request, call) => replyToTicket(tickets, request, call),
  setTicketStatus: (request, call) => setTicketStatus(tickets, request, call),
  assignTicket: (request, call) => assignTicket(tickets, request, call),
  moveTicket: (request, call) => moveTicket(tickets, request, call),
  listMessages: (request, call) => listMessages(tickets, request, call),
  detachTag: (request, call) => detachTag(tickets, request, call),
  countTagTickets: (request, call) => countTagTickets(tickets, request, call),
  listQueues: (request, call) => listQueues(tickets, request, call),
  getQueue: (request, call) => getQueue(tickets, request, call),
  createQueue: (request, call) => createQueue(tickets, request, call),
  updateQueue: (request, call) => updateQueue(tickets, request, call),
  deleteQueue: (request, call) => deleteQueue(tickets, request, call),
  listAgents: (request, call) => listAgents(tickets, request, call),
  getAgent: (request, call) => getAgent(tickets, request, call),
  createAgent: (request, call) => createAgent(tickets, request, call),
  updateAgent: (request, call) => updateAgent(tickets, request, call),
  deleteAgent: (request, call) => deleteAgent(tickets, request, call),
  listRequesters: (request, call) => listRequesters(tickets, request, call),
  getRequester: (request, call) => getRequester(tickets, request, call),
})
