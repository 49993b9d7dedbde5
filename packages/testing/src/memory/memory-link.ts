import type { Direction, Replacement } from '../attack.js'
import type { ProtocolStream } from '../stack/protocol-stream.js'
import type { MemoryNetworker } from './memory-networker.js'
import { Wire } from './wire.js'

/** A connection between two networkers in memory: two protocol streams, with everything real but the socket. */
export interface Link {
  /** The stream of the peer that dialled, then that of the peer that answered. */
  readonly streams: readonly [ProtocolStream, ProtocolStream]
  /** Resolves once the handshake is over on both sides; rejects when the connection breaks before that. */
  readonly ready: Promise<void>
  /** Resolves once both sides have seen the end. */
  disconnect(): Promise<void>
  /** Nothing passes any more, either way, and what is sent piles up at the sender. */
  stall(): void
  /** What has piled up passes. */
  resume(): void
  /** What `from` sends passes at so many bytes a second; `Infinity` is as fast as it goes. */
  throttle(from: ProtocolStream, bytesPerSecond: number): void
}

export function createLink(
  dialler: MemoryNetworker,
  answerer: MemoryNetworker,
  intercept: (chunk: Buffer, direction: Direction, offset: number) => Replacement
): Link {
  const streams = [dialler.createStream(true), answerer.createStream(false)] as const
  const [near, far] = streams
  const ready = Promise.all(streams.map(handshake)).then(() => {})
  const ended = Promise.all(streams.map(end))
  const up = new Wire(near, far, (chunk, offset) => intercept(chunk, 'up', offset))
  const down = new Wire(far, near, (chunk, offset) => intercept(chunk, 'down', offset))
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
  return {
    streams,
    ready,
    async disconnect() {
      near.destroy()
      await ended
    },
    stall() {
      up.stall()
      down.stall()
    },
    resume() {
      up.resume()
      down.resume()
    },
    throttle(from, bytesPerSecond) {
      const wire = from === near ? up : down
      wire.throttle(bytesPerSecond)
    }
  }
}

function handshake(stream: ProtocolStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('handshake', resolve)
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('The connection broke before its handshake was over.')))
  })
}

function end(stream: ProtocolStream): Promise<void> {
  return new Promise(resolve => stream.once('close', resolve))
}
