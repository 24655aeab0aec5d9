// The least Express program in front of the floor's service. PORT and SERVICE say where.

import { credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js'
import {
  CreateTicketRequest,
  GetTicketRequest,
  ListTicketsRequest,
  TicketsServiceService,
} from '@helpdesk/proto/tickets'
import express, { type RequestHandler } from 'express'

const { PORT = '', SERVICE = '' } = process.env
const Client = makeClientConstructor(TicketsServiceService, 'tickets')
const client = new Client(SERVICE, credentials.createInsecure())

const ask = (method: string, request: object): Promise<object> =>
  new Promise((resolve, reject) => {
    client[method]?.(request, (error: ServiceError | null, answer: object) => (error ? reject(error) : resolve(answer)))
  })

const requestId = 'req_01KB00000000000000000000'
const one: (
  method: string,
  request: (http: Parameters<RequestHandler>[0]) => object,
  status?: number,
) => RequestHandler =
  (method, request, status = 200) =>
  async (http, response) => {
    const data = await ask(method, request(http))
    response.status(status).json({ data, next_cursor: null, request_id: requestId })
  }

const app = express()
app.get(
  '/tickets/:id',
  one('getTicket', ({ params }) => GetTicketRequest.fromPartial({ id: Number(params.id) })),
)
app.get('/tickets', async (_request, response) => {
  response.json({ ...(await ask('listTickets', ListTicketsRequest.fromPartial({}))), request_id: requestId })
})
app.post(
  '/tickets',
  express.json(),
  one('createTicket', ({ body }) => CreateTicketRequest.fromPartial(body), 201),
)
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'))
