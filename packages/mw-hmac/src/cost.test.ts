import { hash, randomBytes } from 'node:crypto'
import { isUint8Array } from 'node:util/types'
import { TestConnection } from '@peersockets/testing'
import { describe, expect, test, vi } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, signedBy } from './signing.fixture.js'

vi.mock('node:crypto', { spy: true })

/** What the outer hash of HMAC is made of: a block of the key, and the inner hash. */
const OUTER_BYTES = 64 + 32

/** How many HMACs `call` computes. */
function hmacsOf(call: () => unknown): number {
  const { calls } = vi.mocked(hash).mock
  const before = calls.length
  call()
  return calls.slice(before).filter(([, data]) => isUint8Array(data) && data.length === OUTER_BYTES).length
}

describe('a frame costs', () => {
  const oldest = randomBytes(32)
  const keys = [...Array.from({ length: 15 }, () => randomBytes(32)), oldest]

  test('one HMAC to sign, and one to accept, whatever the number of keys', () => {
    const { alice, bob } = new TestConnection().open(hmac({ keys }))
    let frame: Buffer = Buffer.alloc(0)
    expect(hmacsOf(() => (frame = signedBy(alice, 'hi')))).toBe(1)
    expect(hmacsOf(() => acceptedBy(bob, frame))).toBe(1)
  })

  test('one HMAC also from a peer that still signs with the oldest key, but for its first frame', () => {
    const { alice, bob } = new TestConnection().open({ alice: hmac({ key: oldest }), bob: hmac({ keys }) })
    const frames = Array.from({ length: 4 }, (_, at) => signedBy(alice, `${at}`))
    expect(frames.map(frame => hmacsOf(() => acceptedBy(bob, frame)))).toEqual([16, 1, 1, 1])
  })

  test('one HMAC for each key at most when it is forged, and none when it is too short', () => {
    const { bob } = new TestConnection().open(hmac({ keys }))
    expect(hmacsOf(() => codeOf(() => bob.receive(randomBytes(1000))))).toBe(16)
    expect(hmacsOf(() => codeOf(() => bob.receive(randomBytes(21))))).toBe(0)
  })

  test('no more after somebody sent forgeries', () => {
    const { alice, bob } = new TestConnection().open({ alice: hmac({ key: oldest }), bob: hmac({ keys }) })
    acceptedBy(bob, signedBy(alice, 'hi'))
    expect(codeOf(() => bob.receive(randomBytes(1000)))).toBe('ERR_BAD_SIGNATURE')
    const frame = signedBy(alice, 'hi again')
    expect(hmacsOf(() => acceptedBy(bob, frame))).toBe(1)
  })
})
