import { EventEmitter } from 'node:events'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { settled } from '../test-support/parties.js'

/** What becomes of a stream that waits for a handshake, when these chunks arrive in its place. */
async function meet(chunks: readonly Buffer[], initiator = false) {
  new Peersockets(Object.assign(new EventEmitter(), { streams: [] })).stop()
  const stream = new HypercoreProtocol(initiator, { timeout: false })
  const errors: Error[] = []
  stream.on('error', error => errors.push(error))
  stream.resume()
  // Who dials speaks first.
  await settled()
  for (const chunk of chunks) stream.write(chunk)
  await settled()
  const { destroyed } = stream
  stream.destroy()
  return { destroyed, errors }
}

describe.each([
  ['a peer that dials us', false],
  ['a peer that we dial', true]
])('instead of a handshake, %s', (_who, initiator) => {
  test.each([
    ['a length without an end', [Buffer.from([0x80, 0x80, 0x80])]],
    ['a length without an end, byte by byte', Array.from({ length: 3 }, () => Buffer.from([0xff]))],
    ['a length over that of any message', [Buffer.from([0x80, 0x80, 0x04]), Buffer.alloc(70_000)]],
    ['an empty message', [Buffer.alloc(3)]],
    ['a message too short to be one', [Buffer.from([5, 1, 2, 3, 4, 5])]],
    [
      'two messages of noise',
      [Buffer.from([0x80, 0x02]), Buffer.alloc(256, 7), Buffer.from([0x80, 0x02]), Buffer.alloc(256, 7)]
    ]
  ])('may send %s: the connection ends, and nothing else does', async (_what, chunks) => {
    const { destroyed, errors } = await meet(chunks, initiator)
    expect(destroyed).toBe(true)
    expect(errors).toHaveLength(1)
  })

  test('may send half a message: the connection waits for the rest', async () => {
    expect(await meet([Buffer.from([0x80, 0x02, 1, 2, 3])], initiator)).toEqual({
      destroyed: false,
      errors: []
    })
    expect(await meet([Buffer.from([0xff])], initiator)).toEqual({ destroyed: false, errors: [] })
  })
})

describe('a handshake whose bytes come one by one', () => {
  test('is completed, and what follows it is not lost, also while we still make up our mind about the peer', async () => {
    new Peersockets(Object.assign(new EventEmitter(), { streams: [] })).stop()
    const heard: string[] = []
    const near = new HypercoreProtocol(true, { timeout: false })
    const far = new HypercoreProtocol(false, {
      timeout: false,
      onauthenticate: (_key, done) => void setTimeout(done, 20)
    })
    far.registerExtension('a', { onmessage: message => heard.push(message.toString()) })
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        for (const byte of chunk) to.write(Buffer.of(byte))
      })
    }
    near.once('handshake', () => near.registerExtension('a').send(Buffer.from('at once')))
    await expect.poll(() => heard).toEqual(['at once'])
    near.destroy()
    far.destroy()
  })
})
