import type { ExportedKey, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { type HmacOptions, hmac } from './index.js'
import { codeOf, now } from './signing.fixture.js'

/** The bytes from `first` on, each one more than the one before. */
const run = (first: number, length: number) => Buffer.from(Array.from({ length }, (_, at) => first + at))

const ALICE = run(0x20, 32)
const BOB = run(0x40, 32)
const aliceToBob = () => run(0x00, 32)
const bobToAlice = () => run(0xe0, 32)
const SHARED_KEY = run(0x80, 16)

/** Both ends of `topic`, always with the same keys. */
function sessions(topic: string): { alice: Session; bob: Session } {
  const end = (local: Buffer, remote: Buffer, exportKey: () => ExportedKey): Session => ({
    topic,
    peer: { remotePublicKey: remote },
    localPublicKey: local,
    remotePublicKey: remote,
    authenticated: false,
    counters: { sent: 0, received: 0 },
    exportKey,
    extend: (frame, before, after) => Buffer.concat([Buffer.alloc(before), frame, Buffer.alloc(after)])
  })
  return {
    alice: end(ALICE, BOB, () => ({ send: aliceToBob(), receive: bobToAlice() })),
    bob: end(BOB, ALICE, () => ({ send: bobToAlice(), receive: aliceToBob() }))
  }
}

interface Vector {
  readonly name: string
  readonly topic?: string
  readonly options?: HmacOptions
  readonly counter: number
  readonly body: Buffer
  readonly frame: string
}

/** Computed by a second implementation, in Python, after the description in the README. */
const VECTORS: readonly Vector[] = [
  {
    name: 'an empty body',
    counter: 1,
    body: Buffer.alloc(0),
    frame: '000000000001 5713ded88683de2889dd71cc0d9ee5c4'
  },
  {
    name: 'the first frame of a topic',
    counter: 1,
    body: Buffer.from('hi'),
    frame: '000000000001 6869 c299e45824806d94e09197eafd03af07'
  },
  {
    name: 'the second frame, with the same body',
    counter: 2,
    body: Buffer.from('hi'),
    frame: '000000000002 6869 2bcb7c1fc145c51e4389aab31e8312ed'
  },
  {
    name: 'the last frame',
    counter: 2 ** 48 - 1,
    body: Buffer.from('hi'),
    frame: 'ffffffffffff 6869 6114ab6acdc636d8aee3bffe4039b4b6'
  },
  {
    name: 'a whole tag',
    options: { tagBytes: 32 },
    counter: 1,
    body: Buffer.from('hi'),
    frame: '000000000001 6869 de210f393704524639e128e59bddd7c7a2d0880d6f69495a59b8121e35d22435'
  },
  {
    name: 'a shared key',
    options: { key: SHARED_KEY },
    counter: 1,
    body: Buffer.from('hi'),
    frame: '000000000001 6869 d832ff446e4d6baff9004e1c73649f85'
  },
  {
    name: 'a shared key, a tag of 24 bytes, a topic that is not ASCII and a counter of two bytes',
    topic: 'chat/☕',
    options: { key: SHARED_KEY, tagBytes: 24 },
    counter: 258,
    body: run(0x00, 40),
    frame: `000000000102 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627
      d6d53867e267857b9e97bf0871e387a5f4b3f4af88d6b627`
  }
]

describe('the frame of this version is fixed', () => {
  test.for(VECTORS)('$name', ({ topic = 'chat', options, counter, body, frame }) => {
    const expected = frame.replaceAll(/\s/g, '')
    const { alice, bob } = sessions(topic)
    alice.counters.sent = counter - 1
    expect(now(hmac(options).open(alice).send(body)).toString('hex')).toBe(expected)
    expect(now(hmac(options).open(bob).receive(Buffer.from(expected, 'hex')))).toEqual(body)
  })

  test('and so is the label under which its keys are exported', () => {
    const labels: string[] = []
    const { alice } = sessions('chat')
    hmac().open({
      ...alice,
      exportKey: label => {
        labels.push(label)
        return alice.exportKey(label)
      }
    })
    expect(labels).toEqual(['peersockets/mw-hmac/1'])
  })

  test('a counter of 0 is not accepted, though its signature be right', () => {
    const { alice, bob } = sessions('chat')
    alice.counters.sent = -1
    const frame = now(hmac().open(alice).send(Buffer.from('hi')))
    expect(frame.toString('hex', 0, 6)).toBe('000000000000')
    expect(codeOf(() => hmac().open(bob).receive(frame))).toBe('ERR_REPLAYED')
  })
})
