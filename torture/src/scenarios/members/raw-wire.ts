import { createHash, hkdfSync } from 'node:crypto'
import type { ProtocolStream, SecretStream } from '@peersockets/testing'
import { type Stream, unsentBytes } from '../../stacks.js'

const PROTOCOL = 'peersockets/v1'
const NAME = Buffer.from(PROTOCOL)
/** Protomux's own channel, and what opens another there. */
const [CONTROL, OPEN] = [0, 1]
/** How we call ours. */
const CHANNEL = 1

/** What a connection gives for a label: to our direction, and to the other side's (SPEC, "Exported keys"). */
export interface ExportedKeys {
  readonly send: Buffer
  readonly receive: Buffer
}

/** Wire v1 on a stream, after SPEC.md, without the code of peersockets. */
export interface RawWire {
  readonly gone: boolean
  /** Bytes that wait for the network to take them. */
  readonly unsent: number
  /** Bytes of the largest packet that the stream carries, or nearly. */
  readonly largestPacket: number
  exportKeys(label: string): ExportedKeys
  send(packet: Buffer): void
}

/** Announces wire v1 on a stream whose handshake is over. */
export function rawWire(stream: Stream, onpacket: (packet: Buffer) => void): RawWire {
  return 'registerExtension' in stream ? onExtension(stream, onpacket) : onChannel(stream, onpacket)
}

function onExtension(stream: ProtocolStream, onmessage: (packet: Buffer) => void): RawWire {
  const extension = stream.registerExtension(PROTOCOL, { onmessage })
  return {
    get gone() {
      return stream.destroyed
    },
    get unsent() {
      return unsentBytes(stream)
    },
    largestPacket: 8 * 1024 * 1024 - 64,
    exportKeys(label) {
      const id = createHash('sha256').update(`peersockets/export-key/v1\n${label}`).digest()
      const [send, receive] = [stream.state.capability(id), stream.state.remoteCapability(id)]
      if (send === null || receive === null) throw new Error('The handshake is not over.')
      return { send, receive }
    },
    send: packet => void extension.send(packet)
  }
}

/** A channel of Protomux, without Protomux: one byte each for the channel, the type, and for numbers below 253. */
function onChannel(stream: SecretStream, onpacket: (packet: Buffer) => void): RawWire {
  const { _encrypt: encrypt, _decrypt: decrypt, handshakeHash } = stream
  if (encrypt === null || decrypt === null || handshakeHash === null)
    throw new Error('The handshake is not over.')
  let remote: number | undefined
  stream.on('data', (chunk: Buffer) => {
    const [channel, type, opened] = chunk
    if (channel === CONTROL && type === OPEN && chunk.subarray(4, 4 + NAME.length).equals(NAME))
      remote = opened
    else if (channel === remote) onpacket(Buffer.from(chunk.subarray(2)))
  })
  stream.write(Buffer.concat([Buffer.of(CONTROL, OPEN, CHANNEL, NAME.length), NAME, Buffer.of(0)]))
  return {
    get gone() {
      return stream.destroyed
    },
    get unsent() {
      return unsentBytes(stream)
    },
    largestPacket: 16 * 1024 * 1024 - 64,
    exportKeys(label) {
      const info = `peersockets/export-key/secret-stream/v1\n${label}`
      const derive = (key: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, handshakeHash, info, 32))
      return { send: derive(encrypt.key), receive: derive(decrypt.key) }
    },
    send: packet => void stream.write(Buffer.concat([Buffer.of(CHANNEL, 0), packet]))
  }
}
