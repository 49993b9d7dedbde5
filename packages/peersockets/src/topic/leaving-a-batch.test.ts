import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Middleware } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from './definition.js'
import type { TopicHandle } from './handle.js'

const same = (frame: Buffer): Buffer => frame
const later = async (frame: Buffer): Promise<Buffer> => {
  await new Promise(resolve => setImmediate(resolve))
  return frame
}
const layer = (
  receive: (frame: Buffer) => Buffer | Promise<Buffer>,
  scope: Middleware['scope'] = 'frame'
) => [{ name: 'mw', scope, open: () => ({ send: same, receive }) }]

/** Every way on which messages of one tick may come in, for the sender and for the receiver. */
const WAYS: readonly (readonly [string, Topic<unknown>])[] = [
  ['in a batch', defineTopic({ name: 'chat', codec: plainJson })],
  ['each in a frame', defineTopic({ name: 'chat', codec: plainJson, batch: false })],
  ['in a batch with a secret', defineTopic({ name: 'chat', codec: plainJson, secret: Buffer.alloc(32, 7) })],
  ['in a batch, through a layer', defineTopic({ name: 'chat', codec: plainJson, middleware: layer(same) })],
  [
    'in a batch, through a slow layer',
    defineTopic({ name: 'chat', codec: plainJson, middleware: layer(later) })
  ],
  [
    'in a batch, each through a layer',
    defineTopic({ name: 'chat', codec: plainJson, middleware: layer(same, 'message') })
  ],
  [
    'in a batch, each through a slow layer',
    defineTopic({ name: 'chat', codec: plainJson, middleware: layer(later, 'message') })
  ],
  [
    'each in a frame, through a slow layer',
    defineTopic({ name: 'chat', codec: plainJson, batch: false, middleware: layer(later) })
  ],
  [
    'in public, through a slow layer',
    defineTopic({ name: 'chat', codec: plainJson, private: false, middleware: layer(later) })
  ]
]

type Leave = (sockets: Peersockets, handle: TopicHandle<unknown>, abort: AbortController) => void

const LEAVES: readonly (readonly [string, Leave])[] = [
  ['closes its handle', (_sockets, handle) => void handle.close()],
  ['leaves the topic', sockets => void sockets.leave('chat')],
  ['leaves all topics', sockets => void sockets.leave()],
  ['aborts its signal', (_sockets, _handle, abort) => abort.abort()]
]

describe.each(WAYS)('of messages that come %s', (_way, topic) => {
  test.each(LEAVES)('the second is not for whom the first %s and joins again', async (_how, leave) => {
    const {
      parties: [ada, bob]
    } = await parties()
    const [before, after]: [unknown[], unknown[]] = [[], []]
    const abort = new AbortController()
    const handle = bob.sockets.join(topic, {
      signal: abort.signal,
      onmessage(message) {
        before.push(message)
        if (before.length > 1) return
        leave(bob.sockets, handle, abort)
        bob.sockets.join(topic, { onmessage: another => after.push(another) })
      }
    })
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    await settled()
    expect([before, after]).toEqual([[1], []])
    // The time that has begun is a whole one.
    room.send(4, keyOf(bob))
    await settled()
    expect([before, after]).toEqual([[1], [4]])
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test('the second is not for another handle of the time before either', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join(topic, {
      onmessage(message) {
        heard.push(`first ${message}`)
        void bob.sockets.leave('chat')
      }
    })
    const second = bob.sockets.join(topic, { onmessage: message => heard.push(`second ${message}`) })
    const loop = (async () => {
      for await (const { message } of second) heard.push(`loop ${message}`)
    })()
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2]) room.send(n, keyOf(bob))
    await settled()
    await loop
    expect(heard).toEqual(['first 1'])
  })

  test('the rest goes on to a handle that stays, and to one that is opened beside it', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    const first = bob.sockets.join(topic, {
      onmessage(message) {
        heard.push(`first ${message}`)
        void first.close()
        bob.sockets.join(topic, { onmessage: another => heard.push(`third ${another}`) })
      }
    })
    bob.sockets.join(topic, { onmessage: message => heard.push(`second ${message}`) })
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2]) room.send(n, keyOf(bob))
    await settled()
    expect(heard).toEqual(['first 1', 'second 1', 'second 2', 'third 2'])
  })

  test('none is for what is joined while a topic with several handles is left', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    let left = false
    bob.sockets.join(topic, {
      onmessage(message) {
        heard.push(`first ${message}`)
        if (left) return
        left = true
        void bob.sockets.leave('chat')
      },
      onclose: () => {
        bob.sockets.join(topic, { onmessage: another => heard.push(`again ${another}`) })
      }
    })
    bob.sockets.join(topic, { onmessage: message => heard.push(`second ${message}`) })
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    await settled()
    room.send(4, keyOf(bob))
    await settled()
    expect(heard).toEqual(['first 1', 'again 4'])
    expect([...room.peers]).toHaveLength(1)
  })

  test('all are for another Peersockets on the network, which has not left', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const second = new Peersockets(bob.networker)
    const [mine, theirs]: [unknown[], unknown[]] = [[], []]
    bob.sockets.join(topic, {
      onmessage(message) {
        mine.push(message)
        void bob.sockets.leave('chat')
      }
    })
    second.join(topic, { onmessage: message => theirs.push(message) })
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    await settled()
    expect([mine, theirs]).toEqual([[1], [1, 2, 3]])
  })
})

describe.each([
  ['in public', defineTopic({ name: 'chat', codec: plainJson, private: false })],
  [
    'in public, through a layer',
    defineTopic({ name: 'chat', codec: plainJson, private: false, middleware: layer(same) })
  ]
])('of messages that come %s, where each is a frame and there are no sessions', (_way, topic) => {
  test.each(LEAVES)(
    'those behind the one at which the topic is left are for nobody: %s',
    async (_how, leave) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const heard: unknown[] = []
      const abort = new AbortController()
      const handle = bob.sockets.join(topic, {
        signal: abort.signal,
        onmessage(message) {
          heard.push(message)
          leave(bob.sockets, handle, abort)
        }
      })
      const room = ada.sockets.join(topic)
      await settled()
      for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
      await settled()
      expect(heard).toEqual([1])
    }
  )

  test.each(LEAVES)(
    'whoever joins again gets what comes from then on, once and in order: %s',
    async (_how, leave) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const heard: string[] = []
      const abort = new AbortController()
      const handle = bob.sockets.join(topic, {
        signal: abort.signal,
        onmessage(message) {
          heard.push(`before ${message}`)
          leave(bob.sockets, handle, abort)
          bob.sockets.join(topic, { onmessage: another => heard.push(`after ${another}`) })
        }
      })
      const room = ada.sockets.join(topic)
      await settled()
      for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
      await settled()
      expect(heard).toEqual(['before 1', 'after 2', 'after 3'])
    }
  )
})

describe('a topic that is joined otherwise by whom a message makes leave it', () => {
  test.each([
    [
      'raw',
      (sockets: Peersockets, heard: string[]) => {
        sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
      }
    ],
    [
      'with another pipeline',
      (sockets: Peersockets, heard: string[]) => {
        const topic = defineTopic({ name: 'chat', codec: plainJson, middleware: layer(same) })
        sockets.join(topic, { onmessage: message => heard.push(`${message}`) })
      }
    ],
    [
      'with another secret',
      (sockets: Peersockets, heard: string[]) => {
        const topic = defineTopic({ name: 'chat', codec: plainJson, secret: Buffer.alloc(32, 1) })
        sockets.join(topic, { onmessage: message => heard.push(`${message}`) })
      }
    ],
    [
      'in public',
      (sockets: Peersockets, heard: string[]) => {
        sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
      }
    ],
    [
      'by another Peersockets',
      (_sockets: Peersockets, heard: string[], networker: ConstructorParameters<typeof Peersockets>[0]) => {
        const topic = defineTopic({ name: 'chat', codec: plainJson })
        new Peersockets(networker, { onreject: () => undefined }).join(topic, {
          onmessage: message => heard.push(`${message}`)
        })
      }
    ]
  ] as const)('%s, gets nothing of the time before', async (_how, again) => {
    for (const batch of [true, false]) {
      const {
        parties: [ada, bob]
      } = await parties()
      const topic = defineTopic({ name: 'chat', codec: plainJson, batch })
      const [before, after]: [unknown[], string[]] = [[], []]
      bob.sockets.join(topic, {
        onmessage(message) {
          before.push(message)
          void bob.sockets.leave('chat')
          again(bob.sockets, after, bob.networker)
        }
      })
      const room = ada.sockets.join(topic)
      await settled()
      for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
      await settled()
      expect([before, after]).toEqual([[1], []])
    }
  })

  test('from public to private and back, gets nothing of the time before', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', {
      onmessage(message) {
        heard.push(`public ${message}`)
        void bob.sockets.leave('chat')
        bob.sockets.join('chat', { private: true, onmessage: another => heard.push(`private ${another}`) })
      }
    })
    const room = ada.sockets.join('chat')
    await settled()
    for (const n of ['1', '2', '3']) room.send(n, keyOf(bob))
    await settled()
    expect(heard).toEqual(['public 1'])
  })
})

describe('a message that a slow layer is at when its topic is left', () => {
  test.each([
    ['public', { private: false as const }],
    ['private', { private: true as const }],
    ['private, unbatched', { private: true as const, batch: false }]
  ])('is delivered to nobody afterwards: %s', async (_kind, kind) => {
    const {
      parties: [ada, bob]
    } = await parties()
    const waiting: (() => void)[] = []
    const slow = layer(frame => new Promise<Buffer>(resolve => waiting.push(() => resolve(frame))))
    const topic = defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: slow })
    const [before, after]: [unknown[], unknown[]] = [[], []]
    bob.sockets.join(topic, { onmessage: message => before.push(message) })
    const room = ada.sockets.join(
      defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: layer(same) })
    )
    await settled()
    for (const n of [1, 2]) room.send(n, keyOf(bob))
    await settled()
    void bob.sockets.leave('chat')
    bob.sockets.join(topic, { onmessage: message => after.push(message) })
    await settled()
    room.send(3, keyOf(bob))
    await settled()
    for (let n = 0; n < 4; n++) {
      for (const pass of waiting.splice(0)) pass()
      await settled()
    }
    expect([before, after]).toEqual([[], [3]])
    expect(bob.codes()).toEqual([])
  })
})
