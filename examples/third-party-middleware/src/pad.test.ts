import { deepEqual, ok, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TestConnection, testMiddleware } from '@peersockets/testing/suites'
import { pad } from './pad.js'

const maxFrameBytes = 1024 * 1024

testMiddleware(() => pad(), {
  test,
  maxFrameBytes,
  maxOverheadBytes: maxFrameBytes * 0.12,
  synchronous: true,
  rejects: [
    Buffer.alloc(0),
    Buffer.alloc(64),
    Buffer.alloc(64, 0xff),
    // The end, and too little or too much behind it.
    Buffer.of(0x80),
    Buffer.concat([Buffer.of(0x80), Buffer.alloc(64)])
  ]
})

describe('on the wire', () => {
  const { alice } = new TestConnection().open(pad())
  const lengthOf = async (length: number) => (await alice.send(Buffer.alloc(length))).length

  test('all that is short looks the same', async () => {
    for (let length = 0; length < 64; length++) deepEqual(await lengthOf(length), 64)
  })

  test('few lengths are left of many, each 12 % longer at most', async () => {
    const lengths = new Set<number>()
    for (let length = 64; length < 65_536; length++) {
      const padded = await lengthOf(length)
      ok(padded > length && padded <= Math.ceil((length + 1) * 1.12), `${length} became ${padded}`)
      lengths.add(padded)
    }
    deepEqual(lengths.size, 144)
  })
})

test('padding of another length than it should have is an error of its own', () => {
  const { bob } = new TestConnection().open({ alice: pad(), bob: pad({ minBytes: 100 }) })
  for (const frame of [Buffer.of(0x80), Buffer.concat([Buffer.of(0x80), Buffer.alloc(200)])]) {
    throws(() => bob.receive(frame), { code: 'ERR_PAD_LENGTH' })
  }
  throws(() => bob.receive(Buffer.alloc(128)), { code: 'ERR_MALFORMED_FRAME' })
})

test('the name tells minBytes, where it is not the default', () => {
  deepEqual(
    [pad(), pad({ minBytes: 64 }), pad({ minBytes: 100 })].map(({ name }) => name),
    ['stranger/pad', 'stranger/pad', 'stranger/pad/100']
  )
})

test('minBytes is a whole number within bounds', () => {
  for (const minBytes of [0, -1, 1.5, Number.NaN, 65_537]) {
    throws(() => pad({ minBytes }), { code: 'ERR_INVALID_ARGUMENT' })
  }
  pad({ minBytes: 1 })
})
