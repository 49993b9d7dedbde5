import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import type { Passage, Replacement } from '../attack.js'
import { localHosts } from '../loopback/host.js'
import type { Address } from '../stack/address.js'
import { Wire } from '../wire.js'

/** Where a proxy caught a chunk: it knows the connection, but not who is at its ends. */
export type ProxyPassage = Pick<Passage, 'direction' | 'offset'>

/** What a proxy does with each chunk that passes, in either direction. */
export type Transform = (chunk: Buffer, passage: ProxyPassage) => Replacement

/** Where a proxy stands, and what it does. */
export interface ProxyOptions {
  /** Where connections go on to. */
  target: Address
  /** The address to listen on and to dial from. Default: a random one of 127.0.0.0/8, never 127.0.0.1. */
  host?: string
  /** Default: everything passes unchanged. */
  transform?: Transform
}

/** Somebody on the path of TCP connections: who dials the proxy is connected to its target, and never learns of it. */
export interface TcpProxy extends Address {
  /** Breaks every connection. Those made afterwards are neither refused nor answered until `heal`. */
  cut(): void
  heal(): void
  /** Keeps connections open, but takes nothing from either side until `resume`. */
  stall(): void
  resume(): void
  /** What goes up, or down, passes at so many bytes a second; what is more piles up. `Infinity` is as fast as it goes. */
  throttle(direction: Passage['direction'], bytesPerSecond: number): void
  /** Breaks every connection and stops listening. */
  close(): Promise<void>
}

/** A proxy that listens, on a port of its own. Rejects when it cannot listen there. */
export async function createProxy({
  target,
  host,
  transform = chunk => chunk
}: ProxyOptions): Promise<TcpProxy> {
  const place = host ?? (await localHosts()).peer()
  const sockets = new Set<Socket>()
  const wires = new Map<Socket, { readonly direction: Passage['direction']; readonly wire: Wire }>()
  const rates = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }
  const held = new Set<Socket>()
  let cut = false
  let stalled = false

  const connect = (source: Socket, sink: Socket, direction: Passage['direction']) => {
    const intercept = (chunk: Buffer, offset: number) => transform(chunk, { direction, offset })
    const wire = new Wire(source, sink, intercept, () => sink.writable)
    wire.throttle(rates[direction])
    // A source that was accepted paused does not start by having a listener.
    if (stalled) wire.stall()
    else wire.resume()
    // What has been written still goes out.
    source.on('close', () => sink.destroySoon())
    // A reset connection is closed as well, and that is told to the other side.
    source.on('error', () => {})
    wires.set(source, { direction, wire })
  }
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.once('close', () => {
      sockets.delete(socket)
      wires.delete(socket)
      held.delete(socket)
    })
  }
  const forward = (near: Socket) => {
    const far = net.connect({ ...target, localAddress: place })
    track(far)
    connect(near, far, 'up')
    connect(far, near, 'down')
  }
  const server = net.createServer({ pauseOnConnect: true }, near => {
    track(near)
    if (cut) {
      near.on('error', () => {})
      held.add(near)
    } else {
      forward(near)
    }
  })
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }

  server.listen(0, place)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('The proxy was closed before it listened.')
  return {
    host: place,
    port: bound.port,
    cut() {
      cut = true
      breakAll()
    },
    heal() {
      cut = false
      for (const near of held) forward(near)
      held.clear()
    },
    stall() {
      stalled = true
      for (const { wire } of wires.values()) wire.stall()
    },
    resume() {
      stalled = false
      for (const { wire } of wires.values()) wire.resume()
    },
    throttle(direction, bytesPerSecond) {
      rates[direction] = bytesPerSecond
      for (const one of wires.values()) if (one.direction === direction) one.wire.throttle(bytesPerSecond)
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      breakAll()
      await closed
    }
  }
}
