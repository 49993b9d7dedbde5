import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/** Answers so many connections, and no more; gives the port. */
export async function accept(connections: number, onsocket: (socket: Socket) => void): Promise<number> {
  let left = connections
  const server = createServer(socket => {
    left--
    if (left === 0) server.close()
    onsocket(socket)
  })
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  return portOf(server)
}

export function dial(port: number): Socket {
  return connect(port, LOOPBACK)
}

export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port.')
  return address.port
}

export async function drained(socket: Socket): Promise<void> {
  while (socket.writableNeedDrain) await once(socket, 'drain')
}

/** Does not keep back a last small packet until the one before it is acknowledged, which takes Linux up to 40 ms. */
export function keepNothingBack(socket: Socket): void {
  socket.setNoDelay(true)
}
