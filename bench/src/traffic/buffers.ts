import { repeat, type Traffic } from './traffic.js'

export function buffers(bytes: number): Traffic<Buffer> {
  return {
    messages: repeat(random => Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256))),
    bytes,
    same: (sent, arrived) => sent.equals(arrived)
  }
}
