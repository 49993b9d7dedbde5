import type { SecretStream } from '@peersockets/testing'
import type { Overheard } from '../../../packages/peersockets/src/test-support/overheard.js'

/** Protomux's own channel, and what it says there. */
const CONTROL = 0
const OPEN = 1
const BATCH = 0

/** Listens in on a secret stream that has just been connected: all that Protomux reads, behind the cipher. */
export function overhearSecretStream(stream: SecretStream): Overheard {
  const [chunks, packets, names]: [Buffer[], Buffer[], (readonly string[])[]] = [[], [], []]
  stream.on('data', (chunk: Buffer) => {
    chunks.push(Buffer.from(chunk))
    const [channel, type, id, length] = chunk
    if (channel === undefined || type === undefined) return
    if (channel === CONTROL && type === BATCH) throw new Error('A batch cannot be read here.')
    if (channel !== CONTROL) packets.push(Buffer.from(chunk.subarray(2)))
    else if (type === OPEN && id !== undefined && length !== undefined) {
      names.push([chunk.toString('utf8', 4, 4 + length)])
    }
  })
  return { bytes: () => Buffer.concat(chunks), packets, names }
}
