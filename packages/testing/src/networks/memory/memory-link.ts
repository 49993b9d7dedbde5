import type { Direction, Replacement } from '../attack.js'
import type { ProtocolStream } from '../stack/protocol-stream.js'
import { Wire, type WireEnd } from '../wire.js'
import { moved, watch } from './settled.js'

/** What is used of a stream that encrypts, of any kind. */
export interface EncryptingStream {
  readonly remotePublicKey: Buffer | null
  readonly destroyed: boolean
  once(event: string, listener: (error: Error) => void): unknown
  destroy(): void
}

/** The encrypted side of a stream, as a socket would see it. */
export interface LinkSocket extends WireEnd {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown
  end(): unknown
}

/** One end of a connection that is about to be made. */
export interface LinkEnd<Stream extends EncryptingStream> {
  readonly stream: Stream
  /** Where its ciphertext comes out and goes in. */
  readonly socket: LinkSocket
  /** What the stream emits once its handshake is over. */
  readonly handshake: string
}

/** A connection between two peers in memory: two streams, with everything real but the socket. */
export interface Link<Stream = ProtocolStream> {
  /** The stream of the peer that dialled, then that of the peer that answered. */
  readonly streams: readonly [Stream, Stream]
  /** Resolves once the handshake is over on both sides; rejects when the connection breaks before that. */
  readonly ready: Promise<void>
  /** Resolves once both sides have seen the end. */
  disconnect(): Promise<void>
  /** Nothing passes any more, either way, and what is sent piles up at the sender. */
  stall(): void
  /** What has piled up passes. */
  resume(): void
  /** What `from` sends passes at so many bytes a second; `Infinity` is as fast as it goes. */
  throttle(from: Stream, bytesPerSecond: number): void
}

export function createLink<Stream extends EncryptingStream>(
  dialler: LinkEnd<Stream>,
  answerer: LinkEnd<Stream>,
  intercept: (chunk: Buffer, direction: Direction, offset: number) => Replacement
): Link<Stream> {
  const [near, far] = [dialler.stream, answerer.stream]
  const ready = Promise.all([dialler, answerer].map(handshake)).then(() => {})
  const ended = Promise.all([near, far].map(end))
  const wire = (source: LinkSocket, target: LinkSocket, direction: Direction) =>
    new Wire(source, target, (chunk, offset) => {
      moved()
      return intercept(chunk, direction, offset)
    })
  const up = wire(dialler.socket, answerer.socket, 'up')
  const down = wire(answerer.socket, dialler.socket, 'down')
  const unwatch = [up, down].map(watch)
  dialler.socket.on('end', () => answerer.socket.end())
  answerer.socket.on('end', () => dialler.socket.end())
  for (const [one, other] of [
    [near, far],
    [far, near]
  ] as const) {
    one.once('close', () => {
      moved()
      for (const end of unwatch) end()
      other.destroy()
    })
  }
  return {
    streams: [near, far],
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
      const direction = from === near ? up : down
      direction.throttle(bytesPerSecond)
    }
  }
}

function handshake<Stream extends EncryptingStream>({ stream, handshake }: LinkEnd<Stream>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once(handshake, () => resolve())
    stream.once('error', reject)
    stream.once('close', () => reject(new Error('The connection broke before its handshake was over.')))
  })
}

function end(stream: EncryptingStream): Promise<void> {
  return new Promise(resolve => stream.once('close', () => resolve()))
}
