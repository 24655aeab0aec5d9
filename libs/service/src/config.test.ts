import { expect, test } from 'vitest'
import { grpcAddress, readConfig } from './config.ts'

const read = (ADDRESS: string) => readConfig({ ADDRESS: grpcAddress }, { ADDRESS }).ADDRESS

test.each(['tickets-svc:50051', '10.0.0.1:50051,10.0.0.2:50051', 'dns:///tickets-svc:50051'])(
  '%s is an address',
  (address) => {
    expect(read(address)).toBe(address)
  },
)

test('a list of names is refused at start: gRPC would only fail when it is called', () => {
  expect(() => read('one:50051,other:50051')).toThrow('ADDRESS: Several must be ip:port each')
})
