import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { PeersocketsError } from '../errors.js'
import { Peersockets } from '../peersockets.js'
import type { Codec, Layer, Middleware } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from './definition.js'

/** What one side has in the topic. */
interface Parts {
  readonly codec?: Codec
  readonly schema?: StandardSchemaV1
  readonly middleware?: readonly Middleware[]
}

const same = (frame: Buffer): Buffer => frame
const layer = (parts: Partial<Layer>): Middleware => ({
  name: 'mw',
  open: () => ({ send: same, receive: same, ...parts })
})
const fail = (): never => {
  throw new Error('my bug')
}

function topicOf(definition: object): Topic<unknown> {
  return defineTopic(Object({ name: 'chat', ...definition }))
}

const wires = describe.each([
  ['public', { private: false as const }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }]
])

wires("a %s topic with onviolation: 'disconnect'", (_kind, kind) => {
  /** Ada sends to Bob, who is strict; gives what has become of the connection, and what was said at Bob's. */
  async function send(theirs: Parts, ours: Parts, message: unknown) {
    const { network, parties: all } = await parties()
    const [ada, bob] = all
    const failures = vi.fn()
    // Nobody listens for errors of the streams but the network itself.
    for (const { networker } of all) networker.on('replication-error', failures)
    const gone = vi.fn()
    const strict = topicOf({ ...kind, onviolation: 'disconnect', ...theirs })
    bob.sockets.join(strict, { onpeerleave: gone, onmessage: () => undefined })
    const mine = ada.sockets.join(topicOf({ ...kind, ...ours }))
    await settled()
    const streams = network.streams(0, 1)
    mine.send(message, keyOf(bob))
    await settled()
    return { ended: streams.every(({ destroyed }) => destroyed), codes: bob.codes(), gone, failures }
  }

  test.each<[string, string, Parts, Parts, unknown]>([
    [
      'what does not decode',
      'ERR_DECODE_FAILED',
      { codec: plainJson },
      { codec: { ...plainJson, encode: () => Buffer.from('{') } },
      1
    ],
    [
      'what does not fit the schema',
      'ERR_INVALID_MESSAGE',
      { codec: plainJson, schema: z.string() },
      { codec: plainJson },
      1
    ],
    [
      'what a layer rejects',
      'ERR_MIDDLEWARE_REJECTED',
      { middleware: [layer({ receive: fail })] },
      { middleware: [layer({})] },
      'x'
    ],
    [
      'what a layer rejects late',
      'ERR_MIDDLEWARE_REJECTED',
      { middleware: [layer({ receive: async () => fail() })] },
      { middleware: [layer({})] },
      'x'
    ],
    [
      'what a layer rejects with an error of its own',
      'ERR_BAD_SIGNATURE',
      {
        middleware: [
          layer({
            receive() {
              throw new PeersocketsError('ERR_BAD_SIGNATURE', 'the tag is wrong')
            }
          })
        ]
      },
      { middleware: [layer({})] },
      'x'
    ]
  ])(
    'ends the connection for %s, once, without an error on the stream',
    async (_what, code, theirs, ours, message) => {
      const { ended, codes, gone, failures } = await send(theirs, ours, message)
      expect([ended, codes, gone.mock.calls.length, failures.mock.calls]).toEqual([true, [code], 1, []])
    }
  )

  test('ends it for what is larger than maxMessageBytes', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const codes: string[] = []
    const small = new Peersockets(bob.networker, {
      maxMessageBytes: 10,
      onreject: error => codes.push(error.code)
    })
    small.join(topicOf({ ...kind, onviolation: 'disconnect' }))
    const room = ada.sockets.join(topicOf(kind))
    await settled()
    const [stream] = network.streams(0, 1)
    room.send('0123456789a', keyOf(bob))
    await settled()
    expect([stream.destroyed, codes]).toEqual([true, ['ERR_MESSAGE_TOO_LARGE']])
  })

  test.each<[string, Partial<Layer>]>([
    ['that gives no bytes', { receive: () => Object('x') }],
    ['that gives no bytes late', { receive: async () => Object(undefined) }]
  ])('does not end it for our own fault: a layer %s', async (_what, parts) => {
    const { ended, codes } = await send({ middleware: [layer(parts)] }, { middleware: [layer({})] }, 'x')
    expect([ended, codes]).toEqual([false, ['ERR_MIDDLEWARE_FAILED']])
  })

  test.each([
    ['onmessage', { onmessage: fail }],
    ['onpeerjoin', { onpeerjoin: fail }]
  ])("does not end it for the app's own fault, in %s", async (_where, options) => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topicOf({ ...kind, onviolation: 'disconnect' }), options)
    const room = ada.sockets.join(topicOf(kind))
    await settled()
    room.send('x', keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_HANDLER_FAILED'])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test.each([
    ['thrown', fail],
    ['told late', async () => fail()]
  ])('does not end it for what we cannot send, %s', async (_how, refuse) => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topicOf({ ...kind, middleware: [layer({})] }))
    const room = ada.sockets.join(
      topicOf({ ...kind, middleware: [layer({ send: refuse })], onviolation: 'disconnect' })
    )
    await settled()
    const codes: unknown[] = []
    try {
      room.send('x', keyOf(bob))
    } catch (error) {
      codes.push(Object(error).code)
    }
    await settled()
    expect([...codes, ...ada.codes()]).toEqual(['ERR_MIDDLEWARE_FAILED'])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('does not end it for a loop that cannot keep up, or is left', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { maxQueuedBytes: 1_000, highWaterMark: 1_000 })
    const handle = bob.sockets.join(topicOf({ ...kind, onviolation: 'disconnect' }))
    const messages = handle[Symbol.asyncIterator]()
    const room = ada.sockets.join(topicOf(kind))
    await settled()
    for (let n = 0; n < 10; n++) {
      room.send(Buffer.alloc(200), keyOf(bob))
      await settled()
    }
    await messages.return?.()
    const left = bob.rejections.filter(({ error }) => error.code === 'ERR_CLOSED')
    const lost = bob.rejections.filter(({ error }) => error.code === 'ERR_RECEIVER_CONGESTED')
    // Each message is accounted for: lost by itself, or counted in what was left.
    expect(left.map(({ peer }) => peer.remotePublicKey)).toEqual([keyOf(ada)])
    expect(left[0]?.error.message).toContain(`${10 - lost.length} messages`)
    expect(lost.length).toBeGreaterThan(0)
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('ends the connection that the frame came on, and no other', async () => {
    const {
      network,
      parties: [ada, bob, carol]
    } = await parties(3)
    const heard: string[] = []
    bob.sockets.join(topicOf({ ...kind, codec: plainJson, onviolation: 'disconnect' }), {
      onmessage: message => heard.push(`${message}`)
    })
    const broken: Codec = {
      ...plainJson,
      encode: value => Buffer.from(value === 'bad' ? '{' : JSON.stringify(value))
    }
    const topic = topicOf({ ...kind, codec: broken })
    const [mine, theirs] = [ada.sockets.join(topic), (carol ?? ada).sockets.join(topic)]
    await settled()
    mine.send('bad', keyOf(bob))
    theirs.send('good', keyOf(bob))
    await settled()
    expect(() => network.streams(0, 1)).toThrow('not connected')
    expect(network.streams(1, 2)[0].destroyed).toBe(false)
    expect([heard, bob.codes()]).toEqual([['good'], ['ERR_DECODE_FAILED']])
  })
})
