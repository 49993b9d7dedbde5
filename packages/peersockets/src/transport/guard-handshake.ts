import { requireFrom } from './installed.js'

/** The largest message of a handshake, in bytes (The Noise Protocol Framework, section 3). */
const MAX_NOISE_MESSAGE_BYTES = 65_535
/** What its length takes before it, at most. */
const MAX_LENGTH_BYTES = 3

/** What is used of the handshake of simple-hypercore-protocol@2: one end of one connection. */
interface ProtocolHandshake {
  /** What has come and was not read; when the handshake is over, this goes on to the stream. */
  buffer: Buffer | null
  readonly destroyed: boolean
  readonly noise: {
    readonly finished: boolean
    /** Whether it is the other end's turn. */
    readonly waiting: boolean
    recv(message: Buffer, done: unknown): void
  }
  readonly onrecv: unknown
  destroy(error: Error): void
}

interface HandshakeClass {
  readonly prototype: { recv(this: ProtocolHandshake, data: Buffer): void }
}

const guarded = new Set<string>()

/**
 * Guards the handshakes of one copy of simple-hypercore-protocol, named by the path of its `lib/handshake.js`, which is
 * loaded already. Left alone, it throws from inside the stream at a length that does not end, at one of more than a Noise
 * message has, and at a message out of turn: three bytes from anybody who can reach the port end the process. Guarded, they
 * end the connection.
 */
export function guardHandshake(file: string): void {
  if (guarded.has(file)) return
  guarded.add(file)
  const handshake: HandshakeClass | undefined = requireFrom(file)?.(file)
  if (typeof handshake?.prototype?.recv === 'function') handshake.prototype.recv = receive
}

function receive(this: ProtocolHandshake, data: Buffer): void {
  if (this.destroyed) return
  this.buffer = this.buffer === null ? data : Buffer.concat([this.buffer, data])
  while (this.buffer !== null && !this.destroyed && !this.noise.finished && this.noise.waiting) {
    const length = readLength(this.buffer)
    if (length === undefined) return
    if (length.value > MAX_NOISE_MESSAGE_BYTES) {
      this.destroy(new Error('The peer announced a handshake message that is larger than any can be.'))
      return
    }
    const end = length.bytes + length.value
    if (this.buffer.length < end) return
    const message = this.buffer.subarray(length.bytes, end)
    this.buffer = this.buffer.length > end ? this.buffer.subarray(end) : null
    this.noise.recv(message, this.onrecv)
  }
}

/** The number that `bytes` begin with; undefined when more has to come. One that goes on for too long is infinite. */
function readLength(bytes: Buffer): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0
  for (let at = 0; at < MAX_LENGTH_BYTES; at++) {
    const byte = bytes[at]
    if (byte === undefined) return undefined
    value |= (byte & 0x7f) << (7 * at)
    if (byte < 0x80) return { value, bytes: at + 1 }
  }
  return { value: Number.POSITIVE_INFINITY, bytes: MAX_LENGTH_BYTES }
}
