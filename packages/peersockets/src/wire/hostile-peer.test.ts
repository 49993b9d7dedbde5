import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { settled } from '../test-support/parties.js'
import {
  close,
  data,
  encounter,
  frameOf,
  hello,
  open,
  ping,
  pong,
  RawPeer,
  sequenceOf,
  synced
} from '../test-support/raw-peer.js'
import { MAX_VARINT } from '../varint.js'
import { acceptBody, KIND, MAX_TOPIC_NUMBER } from './frame.js'

/** What he writes, which depends on the connection that it is for. */
type Written = (raw: RawPeer) => Buffer

const id = fc.oneof({ arbitrary: fc.nat(6), weight: 3 }, fc.nat(MAX_TOPIC_NUMBER))
const someBytes = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
const tag: fc.Arbitrary<Written> = fc.oneof(
  fc.constantFrom('chat', 'other').map(name => (raw: RawPeer) => raw.tag(name)),
  // One of ours, sent back.
  fc.nat(20).map(at => (raw: RawPeer) => raw.of('open').at(at)?.tag ?? Buffer.alloc(16)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => () => Buffer.from(bytes))
)
const pipelineId = fc.constantFrom('raw > batch', 'raw', '', 'x'.repeat(255), 'x'.repeat(256))

const topic = fc.constantFrom('chat', 'other')

/** Frames as somebody would write them who knows the wire, and the name `chat`, and means harm. */
const anyFrame: fc.Arbitrary<Written> = fc.oneof(
  // Seldom: only so many instances are heard at once on a connection.
  {
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(MAX_VARINT), fc.boolean()).map(
      ([n, maxTopics, isForUs]): Written =>
        raw =>
          isForUs ? raw.hello(n, maxTopics) : hello(n, Buffer.alloc(8, n), maxTopics)
    ),
    weight: 1
  },
  {
    arbitrary: fc.tuple(id, tag).map(
      ([own, of]): Written =>
        raw =>
          open(own, of(raw))
    ),
    weight: 6
  },
  {
    // Of them, many are as they should be.
    arbitrary: fc.tuple(topic, id, fc.option(id), fc.option(id), pipelineId).map(
      ([name, own, to, number, text]): Written =>
        raw =>
          raw.accept(name, own, {
            pipelineId: text,
            ...(to !== null && { to }),
            ...(number !== null && { number })
          })
    ),
    weight: 8
  },
  {
    arbitrary: fc
      .oneof(
        fc.tuple(id, id, pipelineId).map(([ours, distance, text]) => {
          const [value, check] = [Buffer.alloc(8, 1), Buffer.alloc(6, 2)]
          return frameOf(KIND.accept, ours, acceptBody({ distance, value, check, pipelineId: text }))
        }),
        fc.constant(synced()),
        fc.tuple(id, fc.array(fc.string(), { maxLength: 3 })).map(([own, texts]) => data(own, ...texts)),
        fc.tuple(id, someBytes).map(([own, body]) => frameOf(KIND.data, own, body)),
        id.map(close),
        fc.nat(MAX_VARINT).map(ping),
        fc.nat(MAX_VARINT).map(pong),
        fc
          .tuple(fc.integer({ min: 1, max: 7 }), id, someBytes)
          .map(([kind, own, body]) => frameOf(kind, own, body)),
        someBytes
      )
      .map(
        (bytes): Written =>
          () =>
            bytes
      ),
    weight: 20
  }
)

const framed: fc.Arbitrary<Written> = fc
  .array(anyFrame, { maxLength: 12 })
  .map(frames => raw => sequenceOf(frames.map(write => write(raw))))

const anyPacket: fc.Arbitrary<Written> = fc.oneof(
  { arbitrary: framed, weight: 4 },
  fc.tuple(framed, fc.nat(), fc.nat(), fc.nat(255)).map(([write, length, at, byte]) => (raw: RawPeer) => {
    const packet = write(raw)
    const bytes = Buffer.from(packet.subarray(0, length % (packet.length + 1)))
    if (bytes.length > 0) bytes[at % bytes.length] = byte
    return bytes
  }),
  fc.uint8Array({ maxLength: 100 }).map(bytes => () => Buffer.from(bytes))
)

const anyPackets = fc.array(anyPacket, { minLength: 1, maxLength: 6 })

describe('whatever packets a peer sends', () => {
  test('nothing throws, the connection lives, and every topic is served, his own too', async () => {
    const { network, sockets } = await encounter({}, 3)
    const [mine, theirs, lobby]: [string[], string[], string[]] = [[], [], []]
    const room = sockets.join('chat', { private: true, onmessage: message => mine.push(message.toString()) })
    sockets.join('lobby', { onmessage: message => lobby.push(message.toString()) })
    const [, , networker] = network.networkers
    if (networker === undefined) throw new RangeError('There are three peers.')
    const honest = new Peersockets(networker)
    onTestFinished(() => honest.stop({ timeout: 0 }))
    const friend = honest.join('chat', {
      private: true,
      onmessage: message => theirs.push(message.toString())
    })

    await fc.assert(
      fc.asyncProperty(anyPackets, async packets => {
        await network.cut(0, 1)
        await network.heal(0, 1)
        const [stream, far] = network.streams(0, 1)
        const raw = new RawPeer(far)
        const speaker = far.registerExtension('peersockets/v0/lobby')
        for (const write of packets) raw.sendPacket(write(raw))
        await settled()
        // He comes to reason, as an instance that was not here before, and finds everything in order.
        raw.send(raw.hello(100), synced())
        await settled()
        const number = await raw.join('chat', 7)
        for (const log of [mine, theirs, lobby]) log.length = 0
        const before = raw.of('data').length
        raw.send(data(7, 'from him'))
        speaker.send('in public')
        friend.broadcast('from a friend')
        expect(room.broadcast('to all')).toBe(2)
        await settled()
        expect([mine.sort(), theirs, lobby]).toEqual([
          ['from a friend', 'from him'],
          ['to all'],
          ['in public']
        ])
        expect(raw.of('data').slice(before)).toMatchObject([{ number }])
        expect([room.peers.size, friend.peers.size]).toEqual([2, 1])
        expect([stream.destroyed, far.destroyed]).toEqual([false, false])
      }),
      { numRuns: 100 }
    )
    expect(honest.stats.rejected).toEqual({})
  })

  test('he hears nothing of a room that he cannot name, and is never seen in it', async () => {
    const { network, sockets } = await encounter()
    const log: string[] = []
    const room = sockets.join('room that he cannot name', {
      private: true,
      onmessage: message => log.push(message.toString()),
      onpeerjoin: () => log.push('joins')
    })
    await fc.assert(
      fc.asyncProperty(anyPackets, async packets => {
        await network.cut(0, 1)
        await network.heal(0, 1)
        const raw = new RawPeer(network.streams(0, 1)[1])
        raw.send(raw.hello(100))
        for (const write of packets) {
          raw.sendPacket(write(raw))
          await settled()
        }
        expect([room.broadcast('secret'), room.peers.size, log]).toEqual([0, 0, []])
        await settled()
        expect([raw.of('data'), raw.of('accept')]).toEqual([[], []])
        expect(Buffer.concat(raw.packets).includes('room')).toBe(false)
      }),
      { numRuns: 100 }
    )
  })
})
