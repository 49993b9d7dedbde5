import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Middleware, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, flipped, now, signedBy } from './signing.fixture.js'

describe('a changed frame', () => {
  test.for([16, 32])(
    'with any one bit of any byte flipped is a bad signature (tag of %i bytes)',
    tagBytes => {
      const { alice, bob } = new TestConnection().open(hmac({ tagBytes }))
      const frame = signedBy(alice, 'pay alice 10')
      for (let bit = 0; bit < frame.length * 8; bit++) {
        expect(
          codeOf(() => bob.receive(flipped(frame, bit))),
          `bit ${bit}`
        ).toBe('ERR_BAD_SIGNATURE')
      }
      expect(acceptedBy(bob, frame)).toBe('pay alice 10')
    }
  )

  test('cut at any length is rejected: too short to be signed below 22 bytes, a bad signature above', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'pay alice 10')
    for (let length = 0; length < frame.length; length++) {
      const code = length < 22 ? 'ERR_MALFORMED_FRAME' : 'ERR_BAD_SIGNATURE'
      expect(codeOf(() => bob.receive(frame.subarray(0, length)))).toBe(code)
      expect(codeOf(() => bob.receive(frame.subarray(frame.length - length)))).toBe(code)
    }
    expect(acceptedBy(bob, frame)).toBe('pay alice 10')
  })

  test('with any byte more, in front or behind, is a bad signature', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'pay alice 10')
    for (let byte = 0; byte < 256; byte++) {
      for (const longer of [
        [Buffer.of(byte), frame],
        [frame, Buffer.of(byte)]
      ]) {
        expect(codeOf(() => bob.receive(Buffer.concat(longer)))).toBe('ERR_BAD_SIGNATURE')
      }
    }
  })

  test('spliced out of two good ones is a bad signature', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const [one, two] = [signedBy(alice, 'pay alice 10'), signedBy(alice, 'pay mallory 90')]
    const splices = [
      [one.subarray(0, 6), two.subarray(6)],
      [one.subarray(0, -16), two.subarray(-16)],
      [two.subarray(0, 6), one.subarray(6)]
    ]
    for (const parts of splices) {
      expect(codeOf(() => bob.receive(Buffer.concat(parts)))).toBe('ERR_BAD_SIGNATURE')
    }
  })
})

describe('a frame that is not the next one', () => {
  test('replayed is rejected, however often and however late', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frames = Array.from({ length: 20 }, (_, at) => signedBy(alice, `${at}`))
    for (const frame of frames) {
      acceptedBy(bob, frame)
      expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
    }
    for (const frame of frames) expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
  })

  test('overtaken by a later one is rejected, and the later ones go on', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const [one, two, three] = [signedBy(alice, 'one'), signedBy(alice, 'two'), signedBy(alice, 'three')]
    expect(acceptedBy(bob, two)).toBe('two')
    expect(codeOf(() => bob.receive(one))).toBe('ERR_REPLAYED')
    expect(acceptedBy(bob, three)).toBe('three')
  })

  test('forged with a huge counter does not lock out the honest ones', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'honest')
    const forged = Buffer.from(frame)
    forged.fill(0xff, 0, 6)
    expect(codeOf(() => bob.receive(forged))).toBe('ERR_BAD_SIGNATURE')
    expect(acceptedBy(bob, frame)).toBe('honest')
    expect(acceptedBy(bob, signedBy(alice, 'next'))).toBe('next')
  })

  test('replayed and changed is a bad signature: what is not signed has no counter', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'hi')
    acceptedBy(bob, frame)
    expect(codeOf(() => bob.receive(flipped(frame, 50)))).toBe('ERR_BAD_SIGNATURE')
  })
})

describe('a frame in the wrong place', () => {
  test('moved to another topic of the connection is a bad signature', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const middleware = hmac({ key: randomBytes(32) })
    const chat = connection.open(middleware, 'chat')
    const admin = connection.open(middleware, 'admin')
    expect(codeOf(() => admin.bob.receive(signedBy(chat.alice, 'shut down')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('reflected to its sender is a bad signature', () => {
    const { alice } = new TestConnection().open(hmac({ key: randomBytes(32) }))
    expect(codeOf(() => alice.receive(signedBy(alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('carried to another connection of the same two peers is a bad signature', () => {
    const middleware = hmac({ key: randomBytes(32) })
    const keys = { alicePublicKey: randomBytes(32), bobPublicKey: randomBytes(32) }
    const before = new TestConnection(keys).open(middleware)
    const after = new TestConnection(keys).open(middleware)
    expect(codeOf(() => after.bob.receive(signedBy(before.alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('passed on by a member that holds the shared key is not believed to be from its first sender', () => {
    const middleware = hmac({ key: randomBytes(32) })
    const toMallory = new TestConnection().open(middleware)
    const aliceToBob = new TestConnection().open(middleware)
    const frame = signedBy(toMallory.alice, 'signed for mallory')
    expect(acceptedBy(toMallory.bob, frame)).toBe('signed for mallory')
    expect(codeOf(() => aliceToBob.bob.receive(frame))).toBe('ERR_BAD_SIGNATURE')
  })
})

describe('even if the network exported one key too often', () => {
  const exporting = (session: Session): Session => ({
    ...session,
    exportKey: () => ({ send: Buffer.alloc(32, 7), receive: Buffer.alloc(32, 7) })
  })
  const connection = new TestConnection()
  const alice = exporting(connection.sessions('chat').alice)
  const bob = exporting(connection.sessions('chat').bob)

  test('the two ends of a topic still understand each other', () => {
    expect(acceptedBy(hmac().open(bob), signedBy(hmac().open(alice), 'hi'))).toBe('hi')
  })

  test('for both directions, a reflected frame is a bad signature', () => {
    const layer = hmac().open(alice)
    expect(codeOf(() => layer.receive(signedBy(layer, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('for all topics, a moved frame is a bad signature', () => {
    const admin = hmac().open(exporting(connection.sessions('admin').bob))
    expect(codeOf(() => admin.receive(signedBy(hmac().open(alice), 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('for all peers, a frame to another peer is a bad signature', () => {
    const carol = hmac().open(exporting(new TestConnection().sessions('chat').bob))
    expect(codeOf(() => carol.receive(signedBy(hmac().open(alice), 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })
})

describe('a member with another key', () => {
  const key = randomBytes(32)

  /** At both ends of one session, though in peersockets another name would be enough for other keys. */
  const opened = (one: Middleware, other: Middleware) => {
    const { alice, bob } = new TestConnection().sessions()
    return [one.open(alice), other.open(bob)] as const
  }

  test.for([
    { name: 'no key', other: hmac() },
    { name: 'a key with one bit flipped', other: hmac({ key: flipped(key, 255) }) },
    { name: 'the beginning of the key', other: hmac({ key: key.subarray(0, 31) }) },
    { name: 'the key and a zero behind it', other: hmac({ key: Buffer.concat([key, Buffer.alloc(1)]) }) },
    { name: 'a key of zeros', other: hmac({ key: Buffer.alloc(32) }) },
    { name: 'a longer tag', other: hmac({ key, tagBytes: 32 }) }
  ])('$name is not believed, and does not believe', ({ other }) => {
    const [alice, bob] = opened(hmac({ key }), other)
    expect(codeOf(() => alice.receive(signedBy(bob, 'let me in, it is me')))).toBe('ERR_BAD_SIGNATURE')
    expect(codeOf(() => bob.receive(signedBy(alice, 'is there anybody?')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('a topic without a key takes no frame that was signed with one', () => {
    for (const given of [key, Buffer.alloc(32), Buffer.alloc(16), Buffer.alloc(64)]) {
      const [alice, bob] = opened(hmac({ key: given }), hmac())
      expect(codeOf(() => bob.receive(signedBy(alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
    }
  })

  test('a short tag is not the beginning of the long one for the same frame', () => {
    const [alice, bob] = opened(hmac({ key, tagBytes: 32 }), hmac({ key, tagBytes: 16 }))
    const long = signedBy(alice, 'hi')
    expect(codeOf(() => bob.receive(long.subarray(0, -16)))).toBe('ERR_BAD_SIGNATURE')
  })

  test('garbage of any length is rejected', () => {
    const { alice, bob } = new TestConnection().open(hmac({ key }))
    for (let length = 0; length < 300; length++) {
      const code = length < 22 ? 'ERR_MALFORMED_FRAME' : 'ERR_BAD_SIGNATURE'
      expect(codeOf(() => bob.receive(randomBytes(length)))).toBe(code)
    }
    expect(now(bob.receive(signedBy(alice, 'still there'))).toString()).toBe('still there')
  })
})
