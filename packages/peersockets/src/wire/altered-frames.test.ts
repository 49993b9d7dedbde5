import { createNetwork, type MemoryNetworker } from '@peersockets/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Layer, Session } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { type PassingFrame, Path } from '../test-support/path.js'
import { defineTopic } from '../topic/definition.js'
import type { TopicHandle } from '../topic/handle.js'

import { ACCEPT_TIMEOUT_MS, EARLY_TIMEOUT_MS } from './bounds.js'
import type { Frame } from './frame.js'

const KEY_BYTES = 8

/** Puts the key of the session before each frame, and rejects one that has another. */
const keyed = {
  name: 'keyed',
  open({ exportKey }: Session): Layer {
    const { send, receive } = exportKey('test')
    return {
      send: frame => Buffer.concat([send.subarray(0, KEY_BYTES), frame]),
      receive(frame) {
        if (!frame.subarray(0, KEY_BYTES).equals(receive.subarray(0, KEY_BYTES)))
          throw new Error('A wrong key.')
        return frame.subarray(KEY_BYTES)
      }
    }
  }
}
const chat = defineTopic({ name: 'chat', middleware: [keyed] })

class Side {
  readonly log: string[] = []
  readonly codes: string[] = []
  readonly sockets: Peersockets
  room: TopicHandle<Buffer>

  constructor(networker: MemoryNetworker) {
    this.sockets = new Peersockets(networker, { onreject: ({ code }) => this.codes.push(code) })
    this.room = this.join()
  }

  join(): TopicHandle<Buffer> {
    this.room = this.sockets.join(chat, {
      onmessage: message => this.log.push(message.toString()),
      onpeerjoin: () => this.log.push('joins'),
      onpeerleave: () => this.log.push('leaves')
    })
    return this.room
  }

  /** Whether the app learns that what it says to the other one does not arrive. */
  say(text: string, to: Buffer): boolean {
    const before = this.codes.length
    try {
      this.room.send(text, to)
    } catch {
      return true
    }
    return this.codes.length > before
  }
}

/** Two meet in a private topic, and somebody on the path changes what comes to the first. */
async function meet(rewrite: (passing: PassingFrame) => Buffer | undefined) {
  const network = await createNetwork({ stack: 'memory' })
  const [near, far] = network.streams(0, 1)
  const path = new Path(near)
  new Path(far)
  path.rewrite = rewrite
  const [a, b] = network.networkers.map(networker => new Side(networker))
  const [keyA, keyB] = network.networkers.map(({ keyPair }) => keyPair.publicKey)
  if (a === undefined || b === undefined || keyA === undefined || keyB === undefined)
    throw new RangeError('There are two.')
  await settled()
  return { network, path, a, b, keyA, keyB }
}

type Meeting = Awaited<ReturnType<typeof meet>>

/** What each says arrives at the other, once, or its app is told so within 10 seconds; after that all is well. */
async function expectHealed({ network, a, b, keyA, keyB }: Meeting, what: string): Promise<void> {
  const refused = [a.say('early from a', keyB), b.say('early from b', keyA)]
  await settled()
  await pass(ACCEPT_TIMEOUT_MS)
  for (const [at, [from, to]] of [
    [a, b],
    [b, a]
  ].entries()) {
    const arrived = to?.log.filter(text => text.startsWith('early')).length
    const told = refused[at] || from?.log.includes('leaves') || (from?.codes.length ?? 0) > 0
    expect([what, at, arrived === 1 || told, (arrived ?? 0) <= 1]).toEqual([what, at, true, true])
  }
  // Once more, if both had to begin anew when the topic was opened anew.
  await pass(ACCEPT_TIMEOUT_MS)
  const before = [a.codes.length, b.codes.length]
  for (const side of [a, b]) side.log.length = 0
  expect([what, a.say('from a', keyB), b.say('from b', keyA)]).toEqual([what, false, false])
  await settled()
  expect([what, a.log, b.log]).toEqual([what, ['from b'], ['from a']])
  expect([what, a.codes.length, b.codes.length]).toEqual([what, ...before])
  for (const side of [a, b]) expect([what, side.codes]).not.toContain('ERR_MIDDLEWARE_REJECTED')
  await network.close()
}

async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds)
  await settled()
}

function fakeTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** The first frame of a kind, or of HELLO the one that is for somebody. */
function isMeant({ frame }: PassingFrame, kind: Frame['kind']): boolean {
  if (frame?.kind !== kind) return false
  return frame.kind !== 'hello' || frame.addressee.some(byte => byte > 0)
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return changed
}

/** Changes the first frame of a kind, and leaves all others as they are. */
function once(kind: Frame['kind'], change: (bytes: Buffer) => Buffer | undefined) {
  let done = false
  return (passing: PassingFrame): Buffer | undefined => {
    if (done || !isMeant(passing, kind)) return passing.bytes
    done = true
    return change(passing.bytes)
  }
}

const KINDS = ['hello', 'open', 'accept', 'synced'] as const

describe('two that meet', () => {
  test.each(KINDS)('and lose %s are told within 10 seconds, and well after that', async kind => {
    fakeTime()
    await expectHealed(await meet(once(kind, () => undefined)), kind)
  })

  test.each(KINDS)('and get %s twice hardly notice', async kind => {
    fakeTime()
    let again: Buffer | undefined
    const meeting = await meet(passing => {
      if (again === undefined && isMeant(passing, kind)) again = Buffer.from(passing.bytes)
      return passing.bytes
    })
    const { path, a, b } = meeting
    path.rewrite = ({ frame, bytes }) => (frame?.kind === 'data' ? again : bytes)
    a.room.broadcast('x')
    b.room.broadcast('x')
    await settled()
    path.rewrite = ({ bytes }) => bytes
    await pass(ACCEPT_TIMEOUT_MS)
    for (const side of [a, b]) side.log.length = 0
    await expectHealed(meeting, kind)
  })

  test.each([
    ['accept', () => true],
    ['open', () => true],
    ['synced', () => true],
    // Behind instance and addressee stands how many topics the other takes: fewer are fewer, and are told.
    ['hello', (bit: number) => bit < 8 * 17]
  ] as const)(
    'and get %s with a bit that is another are told within 10 seconds, and well after that: for every bit',
    async (kind, isTried) => {
      fakeTime()
      const honest = await meet(({ bytes }) => bytes)
      const frame = honest.path.passed.find(passing => isMeant(passing, kind))
      await honest.network.close()
      const bits = Array.from({ length: 8 * (frame?.bytes.length ?? 0) }, (_, bit) => bit).filter(isTried)
      expect(bits.length).toBeGreaterThan(0)
      for (const bit of bits)
        await expectHealed(await meet(once(kind, bytes => flipped(bytes, bit))), `${kind} ${bit}`)
    }
  )

  test('and get an ACCEPT with a bit that is another are told at once: ERR_BAD_SIGNATURE, unless it can no longer be read', async () => {
    fakeTime()
    // What stands behind the header: distance, value and check. With the highest bit of the distance, the random value decides.
    const bits = Array.from({ length: 8 * 15 }, (_, at) => 8 + at).filter(bit => bit % 5 === 0 && bit !== 15)
    // The highest bit of a letter in the pipeline, which is no UTF-8 then.
    const unreadable = 8 * 16 + 7
    for (const bit of [...bits, unreadable]) {
      const { a, network } = await meet(once('accept', bytes => flipped(bytes, bit)))
      const code = bit === unreadable ? 'ERR_MALFORMED_FRAME' : 'ERR_BAD_SIGNATURE'
      expect([bit, a.room.peers.size, a.codes]).toEqual([bit, 0, [code]])
      await network.close()
    }
  })

  test('and lose SYNCED report within 10 seconds what they have said to one who is not in the topic', async () => {
    fakeTime()
    const { a, keyB, network } = await meet(once('synced', () => undefined))
    a.sockets.join('a room of its own', { private: true }).send('anybody here?', keyB)
    await pass(EARLY_TIMEOUT_MS)
    expect(a.codes).toEqual(['ERR_PEER_NOT_IN_TOPIC'])
    await network.close()
  })

  test('and never get an ACCEPT through are told three times, and then left to themselves', async () => {
    fakeTime()
    const { a, b, path, network } = await meet(({ frame, bytes }) =>
      frame?.kind === 'accept' ? flipped(bytes, 20) : bytes
    )
    await pass(20 * ACCEPT_TIMEOUT_MS)
    for (let n = 0; n < 20; n++) await pass(ACCEPT_TIMEOUT_MS)
    const count = a.codes.filter(code => code === 'ERR_NOT_ACCEPTED').length
    expect(count).toBe(3)
    expect([a.room.peers.size, b.room.peers.size, path.passed.length < 40]).toEqual([0, 1, true])
    await network.close()
  })

  test('and get no ACCEPT through for a while are opened anew three times again when one has come', async () => {
    fakeTime()
    let lost = 2
    const meeting = await meet(({ frame, bytes }) =>
      frame?.kind === 'accept' && lost-- > 0 ? undefined : bytes
    )
    const { a, b } = meeting
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 3; n++) await pass(ACCEPT_TIMEOUT_MS)
      expect([round, a.room.peers.size, b.room.peers.size]).toEqual([round, 1, 1])
      lost = 2
      await b.room.close()
      b.join()
      await settled()
    }
    await meeting.network.close()
  })
})

describe('one that leaves', () => {
  async function leave(change: (bytes: Buffer) => Buffer | undefined) {
    const meeting = await meet(once('close', change))
    const { a, b } = meeting
    expect([a.room.peers.size, b.room.peers.size]).toEqual([1, 1])
    await b.room.close()
    await settled()
    return meeting
  }

  const changes: [string, (bytes: Buffer) => Buffer | undefined][] = [
    ['is lost', () => undefined],
    ...Array.from({ length: 8 }, (_, bit): [string, (bytes: Buffer) => Buffer] => [
      `has another bit ${bit}`,
      bytes => flipped(bytes, bit)
    ])
  ]

  test.each(changes)(
    'and whose CLOSE %s is seen to have left when something is said to it',
    async (_what, change) => {
      fakeTime()
      const meeting = await leave(change)
      const { a, b } = meeting
      a.room.broadcast('still there?')
      await settled()
      expect([a.room.peers.size, a.log.at(-1)]).toEqual([0, 'leaves'])
      b.join()
      await settled()
      await expectHealed(meeting, 'CLOSE')
    }
  )

  test('and whose CLOSE is lost gets what is said once after it has joined again', async () => {
    fakeTime()
    const meeting = await leave(() => undefined)
    const { a, b } = meeting
    b.join()
    await settled()
    expect([a.room.peers.size, b.room.peers.size]).toEqual([1, 1])
    b.log.length = 0
    a.room.broadcast('once')
    await settled()
    expect(b.log).toEqual(['once'])
    await expectHealed(meeting, 'CLOSE')
  })
})
