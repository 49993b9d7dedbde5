import { describe, expect, test, vi } from 'vitest'
import { PeersocketsError } from '../errors.js'
import { Peersockets } from '../peersockets.js'
import type { Middleware } from '../plugin.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'

const same = (frame: Buffer): Buffer => frame
const honest: Middleware = { name: 'mw', open: () => ({ send: same, receive: same }) }

/** A middleware that cannot be opened, in each of the ways that there are. */
const BROKEN: readonly (readonly [string, string, Middleware])[] = [
  [
    'throws',
    'ERR_MIDDLEWARE_FAILED',
    {
      name: 'mw',
      open() {
        throw new Error('no key')
      }
    }
  ],
  [
    'throws an error of its own',
    'ERR_NO_KEY_EXPORT',
    {
      name: 'mw',
      open() {
        throw new PeersocketsError('ERR_NO_KEY_EXPORT', 'no key')
      }
    }
  ],
  [
    'gives no layer',
    'ERR_MIDDLEWARE_FAILED',
    // @ts-expect-error what JavaScript may return
    { name: 'mw', open: () => undefined }
  ],
  [
    'gives a promise',
    'ERR_MIDDLEWARE_FAILED',
    // @ts-expect-error what JavaScript may return
    { name: 'mw', open: async () => ({ send: same, receive: same }) }
  ]
]

const wires = describe.each([
  ['public', { private: false as const }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }]
])

wires('a middleware of a %s topic whose open', (_kind, kind) => {
  describe.each(BROKEN)('%s', (_how, code, broken) => {
    const topic = defineTopic({ ...kind, name: 'chat', middleware: [broken] })
    const meet = (bob: Party) =>
      bob.sockets.join(defineTopic({ ...kind, name: 'chat', middleware: [honest] }), {
        onreject: () => undefined
      })

    test('is heard by the very handle that is joined, soon after join has returned, and by all who listen', async () => {
      const constructed = vi.fn()
      const {
        parties: [ada, bob]
      } = await parties(2, { onreject: constructed })
      meet(bob)
      const order: string[] = []
      const codes: string[] = []
      ada.sockets.join(topic, {
        onreject(error, peer) {
          order.push('told')
          codes.push(`${error.code} ${error.topic}`)
          expect(peer.remotePublicKey).toEqual(keyOf(bob))
        }
      })
      order.push('joined')
      await settled()
      expect([order, codes]).toEqual([['joined', 'told'], [`${code} chat`]])
      expect(ada.codes()).toEqual([code])
      expect(constructed.mock.calls.map(([error]) => error.code)).toEqual([code])
      expect(ada.sockets.stats.topics.get('chat')?.rejected).toBe(1)
    })

    test('is heard when the peer connects later, by every handle that is there by then', async () => {
      const {
        network,
        parties: [ada, bob]
      } = await parties(2, {}, false)
      meet(bob)
      const [first, second] = [vi.fn(), vi.fn()]
      for (const onreject of [first, second]) ada.sockets.join(topic, { onreject })
      await network.connect(0, 1)
      await settled()
      expect([first, second].map(({ mock }) => mock.calls.map(([error]) => error.code))).toEqual([
        [code],
        [code]
      ])
      expect(ada.codes()).toEqual([code])
    })

    test('is not heard by a handle that is joined afterwards, which hears what comes from then on', async () => {
      const {
        network,
        parties: [ada, bob]
      } = await parties()
      meet(bob)
      const first = vi.fn()
      ada.sockets.join(topic, { onreject: first })
      await settled()
      const second = vi.fn()
      ada.sockets.join(topic, { onreject: second })
      await settled()
      expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 0])
      await network.cut(0, 1)
      await network.heal(0, 1)
      await settled()
      expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 1])
    })

    test('is thrown from send, and does no harm to anything else', async () => {
      const {
        network,
        parties: [ada, bob]
      } = await parties()
      meet(bob)
      const heard: string[] = []
      bob.sockets.join('other', { onmessage: message => heard.push(message.toString()) })
      const room = ada.sockets.join(topic)
      const other = ada.sockets.join('other')
      await settled()
      for (let n = 0; n < 2; n++) {
        expect(() => room.send('x', keyOf(bob))).toThrow(expect.objectContaining({ code, topic: 'chat' }))
      }
      expect([room.broadcast('x'), room.peers.size]).toEqual([0, 0])
      other.send('y', keyOf(bob))
      await settled()
      expect([heard, ada.codes()]).toEqual([['y'], [code]])
      expect(network.streams(0, 1)[0].destroyed).toBe(false)
      await room.close()
    })

    test('is tried anew when the topic is joined anew', async () => {
      const {
        parties: [ada, bob]
      } = await parties()
      meet(bob)
      const heard: string[] = []
      let works = false
      const moody: Middleware = { name: 'mw', open: session => (works ? honest : broken).open(session) }
      const again = defineTopic({ ...kind, name: 'chat', middleware: [moody] })
      const first = ada.sockets.join(again)
      await settled()
      void first.close()
      works = true
      ada.sockets.join(again, { onmessage: message => heard.push(message.toString()) })
      await settled()
      const room = bob.sockets.join(defineTopic({ ...kind, name: 'other', middleware: [honest] }))
      void room.close()
      bob.sockets.leave('chat')
      const theirs = meet(bob)
      await settled()
      theirs.send('x', keyOf(ada))
      await settled()
      expect([heard, ada.codes()]).toEqual([['x'], [code]])
    })
  })

  test('throws may be told to whoever joins from within the telling', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const broken = BROKEN[0]?.[2] ?? honest
    bob.sockets.join(defineTopic({ ...kind, name: 'chat', middleware: [honest] }))
    const told: string[] = []
    const topic = defineTopic({ ...kind, name: 'chat', middleware: [broken] })
    ada.sockets.join(topic, {
      onreject() {
        told.push('first')
        void ada.sockets.leave('chat')
        if (told.length < 3) ada.sockets.join(topic, { onreject: () => told.push('again') })
      }
    })
    await settled()
    expect(told).toEqual(['first', 'again'])
  })
})

test('what the constructor is told of a middleware, a Peersockets that starts on a connection is told as well', async () => {
  const {
    parties: [ada, bob]
  } = await parties()
  bob.sockets.join('chat')
  const codes: string[] = []
  const late = new Peersockets(ada.networker, { onreject: error => codes.push(error.code) })
  const broken = BROKEN[0]?.[2] ?? honest
  late.join(defineTopic({ name: 'chat', private: false, middleware: [broken] }), {
    onreject: error => codes.push(`handle ${error.code}`)
  })
  await settled()
  expect(codes).toEqual(['handle ERR_MIDDLEWARE_FAILED', 'ERR_MIDDLEWARE_FAILED'])
})
