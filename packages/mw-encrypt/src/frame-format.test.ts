import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { encrypt } from './encrypt.js'
import { codeOf, now, sessionOf } from './sealing.fixture.js'

vi.mock('node:crypto', { spy: true })

/** The bytes from `first` on, each one more than the one before. */
const run = (first: number, length: number) => Buffer.from(Array.from({ length }, (_, at) => first + at))

const ALICE = run(0x20, 32)
const BOB = run(0x40, 32)
const aliceToBob = () => run(0x00, 32)
const bobToAlice = () => run(0xc0, 32)
const KEY = run(0x80, 32)
const SALT = 'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf'

/** Both ends of `topic`, always with the same keys. */
function sessions(topic: string) {
  return {
    alice: sessionOf(topic, ALICE, BOB, () => ({ send: aliceToBob(), receive: bobToAlice() })),
    bob: sessionOf(topic, BOB, ALICE, () => ({ send: bobToAlice(), receive: aliceToBob() }))
  }
}

interface Vector {
  readonly name: string
  readonly topic?: string
  readonly key?: Buffer
  readonly salt?: string
  readonly counter: number
  readonly body: Buffer
  /** What follows the salt. */
  readonly rest: string
}

/** Computed by a second implementation, in Python with pyca/cryptography, after the description in the README. */
const VECTORS: readonly Vector[] = [
  {
    name: 'an empty body',
    counter: 1,
    body: Buffer.alloc(0),
    rest: '000000000001 84ebaa105ff68c22655cfae68960177d'
  },
  {
    name: 'the first frame of a topic',
    counter: 1,
    body: Buffer.from('hi'),
    rest: '000000000001 6f31 039cf99e90e621410a812a36ffa2af6e'
  },
  {
    name: 'the second frame, with the same body',
    counter: 2,
    body: Buffer.from('hi'),
    rest: '000000000002 b2ff a41313c483300203f82ba62926c8ab3d'
  },
  {
    name: 'the last frame',
    counter: 2 ** 48 - 1,
    body: Buffer.from('hi'),
    rest: 'ffffffffffff 4fa5 16a517376f8bd526489e4988c6f753dc'
  },
  {
    name: 'another salt',
    salt: '00000000000000000000000000000000',
    counter: 1,
    body: Buffer.from('hi'),
    rest: '000000000001 f478 e9b57e0e9abe4c91e9fd50a69a85c1e4'
  },
  {
    name: 'a key of 16 bytes',
    key: KEY.subarray(0, 16),
    counter: 1,
    body: Buffer.from('hi'),
    rest: '000000000001 9d91 3f3f7c87fec2e404bebfbe58a80609ef'
  },
  {
    name: 'a topic that is not ASCII, and a counter of two bytes',
    topic: 'board/☕',
    counter: 258,
    body: run(0x00, 40),
    rest: `000000000102 1b98c77cd25af4fbca0bb4a649404f0b5d099037fd677cb1f3dfc4e1b6b2308426eda5b50f2ff67f
      c4283e42cd34ea1b87ece5be1eb42a6b`
  }
]

describe('the frame of this version is fixed', () => {
  test.for(VECTORS)('$name', ({ topic = 'board', key = KEY, salt = SALT, counter, body, rest }) => {
    const expected = salt + rest.replaceAll(/\s/g, '')
    const { alice, bob } = sessions(topic)
    alice.counters.sent = counter - 1
    vi.mocked(randomBytes).mockImplementationOnce(() => Buffer.from(salt, 'hex'))
    expect(now(encrypt({ key }).open(alice).send(body)).toString('hex')).toBe(expected)
    expect(now(encrypt({ key }).open(bob).receive(Buffer.from(expected, 'hex')))).toEqual(body)
  })

  test('and so is the label under which its keys are exported', () => {
    const labels: string[] = []
    encrypt({ key: KEY }).open(
      sessionOf('board', ALICE, BOB, label => {
        labels.push(label)
        return { send: aliceToBob(), receive: bobToAlice() }
      })
    )
    expect(labels).toEqual(['peersockets/mw-encrypt/1'])
  })

  test('a counter of 0 is not accepted, though the frame be right', () => {
    const { alice, bob } = sessions('board')
    alice.counters.sent = -1
    const frame = now(encrypt({ key: KEY }).open(alice).send(Buffer.from('hi')))
    expect(frame.toString('hex', 16, 22)).toBe('000000000000')
    expect(codeOf(() => encrypt({ key: KEY }).open(bob).receive(frame))).toBe('ERR_REPLAYED')
  })
})
