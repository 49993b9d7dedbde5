import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeersocketsError } from '../errors.js'
import { Peersockets } from '../peersockets.js'
import type { Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

const MEBIBYTE = 1024 * 1024

describe('the size of a message', () => {
  test('may be all that the connection carries', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const sizes: number[] = []
    bob.sockets.join('chat', { onmessage: message => sizes.push(message.length) })
    const room = ada.sockets.join('chat')
    const largest = 8 * MEBIBYTE - 16
    room.send(Buffer.alloc(largest), keyOf(bob))
    await settled()
    expect(sizes).toEqual([largest])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('that is over that is ERR_MESSAGE_TOO_LARGE for the caller, and the connection lives', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join('chat')
    const refused = expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: 'chat' })
    for (const size of [8 * MEBIBYTE - 15, 8 * MEBIBYTE, 9 * MEBIBYTE]) {
      expect(() => room.send(Buffer.alloc(size), keyOf(bob))).toThrow(refused)
    }
    room.send('still here', keyOf(bob))
    await settled()
    expect(heard).toEqual(['still here'])
    expect(network.streams(0, 1).some(stream => stream.destroyed)).toBe(false)
  })

  test('counts with what middleware adds to it, at once or late', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const grow = (frame: Buffer) => Buffer.concat([frame, Buffer.alloc(100)])
    for (const send of [grow, async (frame: Buffer) => grow(frame)]) {
      const padding = { name: 'padding', open: () => ({ send, receive: (frame: Buffer) => frame }) }
      const room = ada.sockets.join(defineTopic({ private: false, name: 'chat', middleware: [padding] }))
      const thrown: unknown[] = []
      try {
        room.send(Buffer.alloc(8 * MEBIBYTE - 50), keyOf(bob))
      } catch (error) {
        thrown.push(Object(error).code)
      }
      await settled()
      expect([...thrown, ...ada.codes()]).toEqual(['ERR_MESSAGE_TOO_LARGE'])
      expect(thrown).toHaveLength(send === grow ? 1 : 0)
      ada.rejections.length = 0
      ada.sockets.leave()
    }
  })

  test('is bounded by maxMessageBytes in both directions', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const small = new Peersockets(network.networkers[1] ?? bob.networker, { maxMessageBytes: 10 })
    const [heard, codes]: [string[], string[]] = [[], []]
    const receiver = small.join('chat', {
      onmessage: message => heard.push(message.toString()),
      onreject: error => codes.push(error.code)
    })
    const room = ada.sockets.join('chat')
    for (const message of ['0123456789', '0123456789a']) room.send(message, keyOf(bob))
    await settled()
    expect([heard, codes]).toEqual([['0123456789'], ['ERR_MESSAGE_TOO_LARGE']])
    expect(() => receiver.send('0123456789a', keyOf(ada))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' })
    )
  })
})

/** A middleware that adds bytes to a frame, or to each message. */
function padding(bytes: number, scope: 'frame' | 'message', isSlow = false): Middleware {
  const grow = (frame: Buffer) => Buffer.concat([frame, Buffer.alloc(bytes)])
  return {
    name: 'padding',
    scope,
    open: () => ({
      send: isSlow ? async frame => grow(frame) : grow,
      receive: frame => frame.subarray(0, frame.length - bytes)
    })
  }
}

describe.each([
  ['public', { private: false as const }, 8 * MEBIBYTE - 16],
  // Beside the header of a frame and its length.
  ['private', { private: true as const, batch: true }, 8 * MEBIBYTE - 16 - 14],
  ['private, unbatched', { private: true as const, batch: false }, 8 * MEBIBYTE - 16 - 10]
])('a message on a %s topic that layers make too large', (_kind, kind, most) => {
  async function meet(middleware: readonly Middleware[]) {
    const { parties: all } = await parties(3)
    const [ada, bob, carol] = all
    const topic = defineTopic({ ...kind, name: 'chat', middleware })
    const heard: [number[], number[]] = [[], []]
    bob.sockets.join(topic, { onmessage: message => heard[0].push(message.length) })
    carol?.sockets.join(topic, { onmessage: message => heard[1].push(message.length) })
    const room = ada.sockets.join(topic)
    await settled()
    return { ada, bob, room, heard, largest: most }
  }

  test.each(['frame', 'message'] as const)('is thrown to who sends it: for each %s', async scope => {
    const { ada, bob, room, heard, largest } = await meet([padding(22, scope)])
    room.send('before', keyOf(bob))
    expect(() => room.send(Buffer.alloc(largest - 20), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: 'chat' })
    )
    room.send('after', keyOf(bob))
    await settled()
    expect([heard, ada.codes(), bob.codes()]).toEqual([[[6, 5], []], [], []])
    expect(ada.sockets.stats.sent).toBe(2)
  })

  test.each(['frame', 'message'] as const)(
    'is reported for each peer of a broadcast: for each %s',
    async scope => {
      const { ada, room, heard, largest } = await meet([padding(22, scope)])
      const message = Buffer.alloc(largest - 20)
      expect(room.broadcast('before')).toBe(2)
      expect(room.broadcast(message)).toBe(0)
      expect(room.broadcast('after')).toBe(2)
      await settled()
      expect(heard).toEqual([
        [6, 5],
        [6, 5]
      ])
      expect(
        ada.rejections.map(({ error }) => [error.code, error.dropped.map(value => value === message)])
      ).toEqual(Array(2).fill(['ERR_MESSAGE_TOO_LARGE', [true]]))
      expect(ada.sockets.stats.sent).toBe(4)
    }
  )

  test.each(['frame', 'message'] as const)('late is reported with the message: for each %s', async scope => {
    const { ada, bob, room, heard, largest } = await meet([padding(22, scope, true)])
    const message = Buffer.alloc(largest - 20)
    room.send('before', keyOf(bob))
    room.send(message, keyOf(bob))
    room.send('after', keyOf(bob))
    await settled()
    expect(heard).toEqual([[6, 5], []])
    expect(
      ada.rejections.map(({ error }) => [error.code, error.dropped.map(value => value === message)])
    ).toEqual([['ERR_MESSAGE_TOO_LARGE', [true]]])
  })

  test('is thrown where the sum of several layers is too much', async () => {
    const { bob, room, heard, largest } = await meet([padding(11, 'message'), padding(11, 'frame')])
    expect(() => room.send(Buffer.alloc(largest - 20), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' })
    )
    room.send(Buffer.alloc(largest - 40), keyOf(bob))
    await settled()
    expect(heard[0]).toEqual([largest - 40])
  })

  test('while the peer has not said yet what it is in, is reported with the message, and the rest arrives', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const topic = defineTopic({ ...kind, name: 'chat', middleware: [padding(22, 'frame')] })
    const sizes: number[] = []
    bob.sockets.join(topic, { onmessage: message => sizes.push(message.length) })
    const room = ada.sockets.join(topic)
    const message = Buffer.alloc(most - 20)
    const thrown: unknown[] = []
    ada.networker.once('handshake', () => {
      for (const one of ['before', message, 'after']) {
        try {
          room.send(one, keyOf(bob))
        } catch (error) {
          thrown.push(Object(error).code)
        }
      }
    })
    await network.connect(0, 1)
    await settled()
    expect(sizes).toEqual([6, 5])
    expect([...thrown, ...ada.codes()]).toEqual(['ERR_MESSAGE_TOO_LARGE'])
  })
})

describe('backpressure', () => {
  async function stalled(options = {}) {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, options, false)
    const link = await network.connect(0, 1)
    const received: number[] = []
    bob.sockets.join('chat', { onmessage: message => received.push(message.readUInt32BE()) })
    const room = ada.sockets.join('chat')
    await settled()
    const message = (n: number) => {
      const bytes = Buffer.alloc(1000)
      bytes.writeUInt32BE(n)
      return bytes
    }
    return { network, ada, bob, link, received, room, message, peer: keyOf(bob) }
  }

  test('send gives false from highWaterMark on, and true again once the peer has read', async () => {
    const { link, room, message, peer, received } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    let sent = 0
    while (room.send(message(sent++), peer)) expect(sent).toBeLessThan(200)
    expect(sent).toBeGreaterThan(45)
    link.resume()
    await room.drained(peer)
    expect(room.send(message(sent++), peer)).toBe(true)
    await settled()
    expect(received).toEqual(Array.from({ length: sent }, (_, n) => n))
  })

  test('drained resolves at once for a peer that keeps up', async () => {
    const { room, peer } = await stalled()
    await room.drained(peer)
  })

  test('drained waits while the peer does not read', async () => {
    const { link, room, message, peer } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    for (let n = 0; room.send(message(n), peer); n++) expect(n).toBeLessThan(200)
    let drained = false
    const done = room.drained(peer).then(() => {
      drained = true
    })
    await settled()
    expect(drained).toBe(false)
    link.resume()
    await done
  })

  test('drained resolves when the peer is gone', async () => {
    const { network, link, room, message, peer } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    for (let n = 0; room.send(message(n), peer); n++) expect(n).toBeLessThan(200)
    const drained = room.drained(peer)
    await network.cut(0, 1)
    await drained
    await expect(room.drained(peer)).rejects.toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_PEER' }))
  })

  test('a peer that never reads costs at most maxQueuedBytes, then ERR_PEER_CONGESTED', async () => {
    const { network, link, room, message, peer, received } = await stalled({ maxQueuedBytes: 100_000 })
    link.stall()
    let sent = 0
    const refused = expect.objectContaining({ code: 'ERR_PEER_CONGESTED', topic: 'chat' })
    expect(() => {
      while (sent < 1000) {
        room.send(message(sent), peer)
        sent++
      }
    }).toThrow(refused)
    expect(network.streams(0, 1)[0]._readableState.buffered).toBeLessThanOrEqual(100_000)
    link.resume()
    await settled()
    expect(received).toEqual(Array.from({ length: sent }, (_, n) => n))
  })

  test('one large message passes whatever the bounds are, when nothing waits', async () => {
    const { room, peer, received } = await stalled({ maxQueuedBytes: 1000, highWaterMark: 1000 })
    const bytes = Buffer.alloc(MEBIBYTE)
    bytes.writeUInt32BE(7)
    room.send(bytes, peer)
    await settled()
    expect(received).toEqual([7])
  })
})

describe('congestion never comes without warning', () => {
  type Step =
    | { readonly kind: 'send' | 'broadcast'; readonly handle: number; readonly length: number }
    | { readonly kind: 'stall' | 'resume' | 'tick' | 'settle' | 'open' | 'drained' | 'flush' }

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constantFrom('send' as const, 'send', 'send', 'broadcast'),
        handle: fc.nat(4),
        length: fc.oneof(fc.nat(300), fc.nat(30_000))
      })
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'stall' as const,
          'stall',
          'resume',
          'tick',
          'settle',
          'open',
          'drained',
          'flush'
        )
      })
    }
  )
  const limits = fc
    .tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 40_000 }))
    .map(([one, other]) => ({ highWaterMark: Math.min(one, other), maxQueuedBytes: Math.max(one, other) }))

  test('for any handle of any topic: send has returned false before it throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.boolean(),
        fc.array(step, { minLength: 1, maxLength: 60 }),
        async (bounds, early, steps) => {
          const {
            network,
            parties: [ada, bob]
          } = await parties(2, bounds, false)
          const kinds = [false, true]
          for (const isPrivate of kinds) bob.sockets.join(`${isPrivate}`, { private: isPrivate })
          const open = (isPrivate: boolean) => ada.sockets.join(`${isPrivate}`, { private: isPrivate })
          const handles = [...kinds, ...kinds].map(open)
          /** Whether the last thing that anybody heard of the peer is that it is behind. */
          let warned = false
          const take = (next: Step): void => {
            if (next.kind !== 'send' && next.kind !== 'broadcast') return
            const handle = handles[next.handle % handles.length]
            const message = Buffer.alloc(next.length)
            if (next.kind === 'broadcast') {
              handle?.broadcast(message)
              return
            }
            try {
              warned = !handle?.send(message, keyOf(bob))
            } catch (error) {
              if (!PeersocketsError.is(error) || error.code !== 'ERR_PEER_CONGESTED') throw error
              expect(warned).toBe(true)
            }
          }
          let link: { stall(): void; resume(): void } | undefined
          if (early) ada.networker.once('handshake', () => steps.slice(0, 10).forEach(take))
          link = await network.connect(0, 1)
          for (const next of steps) {
            take(next)
            if (next.kind === 'stall' || next.kind === 'resume') link[next.kind]()
            if (next.kind === 'tick') await undefined
            if (next.kind === 'settle') await settled()
            if (next.kind === 'flush') handles[0]?.flush()
            if (next.kind === 'open') handles.push(open(handles.length % 2 === 0))
            if (next.kind === 'drained') {
              // Whoever has waited for that is told anew when it is behind again.
              link.resume()
              await handles[0]?.drained(keyOf(bob))
              warned = false
            }
          }
          await network.close()
        }
      ),
      { numRuns: 150 }
    )
  })

  test('also where only broadcasts have filled the queue', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { highWaterMark: 10_000, maxQueuedBytes: 20_000 })
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    network.stall(0, 1)
    for (let n = 0; n < 30; n++) room.broadcast(Buffer.alloc(1_000))
    expect(ada.codes()).toContain('ERR_PEER_CONGESTED')
    expect(room.send(Buffer.alloc(1_000), keyOf(bob))).toBe(false)
    expect(() => room.send(Buffer.alloc(1_000), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_CONGESTED' })
    )
  })

  test('also where another handle, or somebody else on the connection, has filled it', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { highWaterMark: 10_000, maxQueuedBytes: 20_000 })
    bob.sockets.join('chat')
    const other = new Peersockets(ada.networker)
    const [room, theirs] = [ada.sockets.join('chat'), other.join('other')]
    await settled()
    network.stall(0, 1)
    theirs.send(Buffer.alloc(1_000_000), keyOf(bob))
    expect(room.send('x', keyOf(bob))).toBe(false)
    expect(() => room.send(Buffer.alloc(1_000), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_CONGESTED' })
    )
  })

  test.each([
    [{ highWaterMark: 1_001, maxQueuedBytes: 1_000 }],
    [{ highWaterMark: 16 * MEBIBYTE + 1 }],
    [{ highWaterMark: Number.POSITIVE_INFINITY }],
    [{ highWaterMark: '10', maxQueuedBytes: 1_000 }],
    [{ maxQueuedBytes: 0 }],
    [{ maxQueuedBytes: Number.NaN }],
    [{ highWaterMark: -1 }]
  ])('limits that would bring it without are refused: %j', async options => {
    const {
      parties: [ada]
    } = await parties()
    const before = ada.networker.listenerCount('handshake')
    // @ts-expect-error what JavaScript may pass
    expect(() => new Peersockets(ada.networker, options)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
    expect(ada.networker.listenerCount('handshake')).toBe(before)
  })

  test.each([
    [{ highWaterMark: 1_000, maxQueuedBytes: 1_000 }],
    [{ maxQueuedBytes: 10 }],
    [{ highWaterMark: 16 * MEBIBYTE }],
    [{ highWaterMark: 1, maxQueuedBytes: Number.POSITIVE_INFINITY }]
  ])('limits that agree are taken: %j', async options => {
    const {
      parties: [ada]
    } = await parties()
    const sockets = new Peersockets(ada.networker, options)
    await sockets.stop()
  })
})
