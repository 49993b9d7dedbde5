import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { encrypt } from './encrypt.js'
import { codeOf, flipped, openedBy, sealedBy } from './sealing.fixture.js'

const key = randomBytes(32)

describe('a changed frame', () => {
  test('with any one bit of any byte flipped is rejected', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const before = sealedBy(alice, 'the salt is known by now')
    const frame = sealedBy(alice, 'pay alice 10')
    for (const known of [false, true]) {
      if (known) openedBy(bob, before)
      for (let bit = 0; bit < frame.length * 8; bit++) {
        expect(
          codeOf(() => bob.receive(flipped(frame, bit))),
          `bit ${bit}`
        ).toBe('ERR_BAD_SIGNATURE')
      }
    }
    expect(openedBy(bob, frame)).toBe('pay alice 10')
  })

  test('cut at any length is rejected: too short to be encrypted below 38 bytes, not to be opened above', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const frame = sealedBy(alice, 'pay alice 10')
    for (let length = 0; length < frame.length; length++) {
      const code = length < 38 ? 'ERR_MALFORMED_FRAME' : 'ERR_BAD_SIGNATURE'
      expect(codeOf(() => bob.receive(frame.subarray(0, length)))).toBe(code)
      expect(codeOf(() => bob.receive(frame.subarray(frame.length - length)))).toBe(code)
    }
    expect(openedBy(bob, frame)).toBe('pay alice 10')
  })

  test('with any byte more, in front or behind, is rejected', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const frame = sealedBy(alice, 'pay alice 10')
    for (let byte = 0; byte < 256; byte++) {
      for (const longer of [
        [Buffer.of(byte), frame],
        [frame, Buffer.of(byte)]
      ]) {
        expect(codeOf(() => bob.receive(Buffer.concat(longer)))).toBe('ERR_BAD_SIGNATURE')
      }
    }
  })

  test('spliced out of two good ones is rejected', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const [one, two] = [sealedBy(alice, 'pay alice 10'), sealedBy(alice, 'pay mallory 90')]
    for (const parts of [
      [one.subarray(0, 22), two.subarray(22)],
      [one.subarray(0, -16), two.subarray(-16)],
      [two.subarray(0, 22), one.subarray(22)]
    ]) {
      expect(codeOf(() => bob.receive(Buffer.concat(parts)))).toBe('ERR_BAD_SIGNATURE')
    }
  })
})

describe('a frame that is not the next one', () => {
  test('replayed is rejected, however often and however late', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const frames = Array.from({ length: 20 }, (_, at) => sealedBy(alice, `${at}`))
    for (const frame of frames) {
      openedBy(bob, frame)
      expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
    }
    for (const frame of frames) expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
  })

  test('overtaken by a later one is rejected, and the later ones go on', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const [one, two, three] = [sealedBy(alice, 'one'), sealedBy(alice, 'two'), sealedBy(alice, 'three')]
    expect(openedBy(bob, two)).toBe('two')
    expect(codeOf(() => bob.receive(one))).toBe('ERR_REPLAYED')
    expect(openedBy(bob, three)).toBe('three')
  })

  test('forged with a huge counter does not lock out the honest ones', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const frame = sealedBy(alice, 'honest')
    const forged = Buffer.from(frame).fill(0xff, 16, 22)
    expect(codeOf(() => bob.receive(forged))).toBe('ERR_BAD_SIGNATURE')
    expect(openedBy(bob, frame)).toBe('honest')
  })

  test('forged with another salt does not make the receiver forget the right one', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    for (let round = 0; round < 5; round++) {
      const frame = sealedBy(alice, `${round}`)
      const forged = Buffer.concat([randomBytes(16), frame.subarray(16)])
      expect(codeOf(() => bob.receive(forged))).toBe('ERR_BAD_SIGNATURE')
      expect(openedBy(bob, frame)).toBe(`${round}`)
    }
  })
})

describe('a frame in the wrong place', () => {
  test('moved to another topic of the connection is rejected', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const board = connection.open(encrypt({ key }), 'board')
    const admin = connection.open(encrypt({ key }), 'admin')
    expect(codeOf(() => admin.bob.receive(sealedBy(board.alice, 'shut down')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('reflected to its sender is rejected', () => {
    const { alice } = new TestConnection().open(encrypt({ key }))
    expect(codeOf(() => alice.receive(sealedBy(alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('carried to another connection of the same two peers is rejected', () => {
    const publicKeys = { alicePublicKey: randomBytes(32), bobPublicKey: randomBytes(32) }
    const before = new TestConnection(publicKeys).open(encrypt({ key }))
    const after = new TestConnection(publicKeys).open(encrypt({ key }))
    expect(codeOf(() => after.bob.receive(sealedBy(before.alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('passed on by a member is not believed to be from its first sender', () => {
    const toMallory = new TestConnection().open(encrypt({ key }))
    const aliceToBob = new TestConnection().open(encrypt({ key }))
    const frame = sealedBy(toMallory.alice, 'for mallory')
    expect(openedBy(toMallory.bob, frame)).toBe('for mallory')
    expect(codeOf(() => aliceToBob.bob.receive(frame))).toBe('ERR_BAD_SIGNATURE')
  })
})

describe('even if the network exported one key for everything', () => {
  const exporting = (session: Session): Session => ({
    ...session,
    exportKey: () => ({ send: Buffer.alloc(32, 7), receive: Buffer.alloc(32, 7) })
  })
  const connection = new TestConnection()
  const alice = exporting(connection.sessions().alice)
  const bob = exporting(connection.sessions().bob)
  const middleware = encrypt({ key })

  test('the two ends of a topic still understand each other', () => {
    expect(openedBy(middleware.open(bob), sealedBy(middleware.open(alice), 'hi'))).toBe('hi')
  })

  test('a frame that is reflected, or moved to another topic or peer, is rejected', () => {
    const layer = middleware.open(alice)
    const frame = sealedBy(layer, 'hi')
    const admin = exporting(connection.sessions('admin').bob)
    const carol = exporting(new TestConnection().sessions().bob)
    for (const receiver of [layer, middleware.open(admin), middleware.open(carol)]) {
      expect(codeOf(() => receiver.receive(frame))).toBe('ERR_BAD_SIGNATURE')
    }
  })
})

describe('a peer in the topic with another key', () => {
  test.for([
    { name: 'one with one bit flipped', other: flipped(key, 255) },
    { name: 'the beginning of the key', other: key.subarray(0, 31) },
    { name: 'the key and a zero behind it', other: Buffer.concat([key, Buffer.alloc(1)]) },
    { name: 'zeros', other: Buffer.alloc(32) }
  ])('neither reads nor is believed: $name', ({ other }) => {
    const { alice, bob } = new TestConnection().open({
      alice: encrypt({ key }),
      bob: encrypt({ key: other })
    })
    expect(codeOf(() => bob.receive(sealedBy(alice, 'secret')))).toBe('ERR_BAD_SIGNATURE')
    expect(codeOf(() => alice.receive(sealedBy(bob, 'forged')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('garbage of any length is rejected', () => {
    const { bob } = new TestConnection().open(encrypt({ keys: [key, randomBytes(32)] }))
    for (let length = 0; length < 200; length++) {
      expect(codeOf(() => bob.receive(randomBytes(length)))).toMatch(/^ERR_(MALFORMED_FRAME|BAD_SIGNATURE)$/)
    }
  })
})
