import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { overhear } from '../test-support/overheard.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'

const NAME = 'the-tea-party/42'

function hints({ rejections }: Party): string[] {
  return rejections.flatMap(({ error }) => (error.code === 'ERR_VISIBILITY_MISMATCH' ? [error.message] : []))
}

type Move = 'ada' | 'bob' | 'connect'
const ORDERS: readonly (readonly Move[])[] = [
  ['ada', 'bob', 'connect'],
  ['bob', 'ada', 'connect'],
  ['connect', 'ada', 'bob'],
  ['connect', 'bob', 'ada'],
  ['ada', 'connect', 'bob'],
  ['bob', 'connect', 'ada']
]

/** Ada is in the public topic, Bob in the private one, after these moves in this order. */
async function meet(order: readonly Move[], isSettled = true, secret?: Buffer) {
  const { network, parties: all } = await parties(2, {}, false)
  const [ada, bob] = all
  const moves = {
    ada: () => ada.sockets.join(NAME),
    bob: () => bob.sockets.join(defineTopic({ name: NAME, ...(secret !== undefined && { secret }) })),
    connect: () => network.connect(0, 1)
  }
  for (const move of order) {
    await moves[move]()
    if (isSettled) await settled()
  }
  await settled()
  return { network, ada, bob }
}

describe.each(ORDERS)('a public topic and a private one of its name: %s, %s, %s', (...order) => {
  test.each([true, false])('are told of, once on a side, and how to have them meet', async isSettled => {
    const { network, ada, bob } = await meet(order, isSettled)
    // Who is in the private one was told the name of the public one, and always knows.
    expect(hints(bob)).toHaveLength(1)
    expect(hints(ada).length).toBeLessThan(2)
    for (const text of [...hints(ada), ...hints(bob)]) {
      expect(text).toContain(NAME)
      expect(text).toMatch(/join\(name\).*defineTopic/)
    }
    const [reported] = bob.rejections
    expect(reported?.error.topic).toBe(NAME)
    expect(reported?.peer.remotePublicKey).toEqual(keyOf(ada))
    // However often there is reason for it.
    await network.cut(0, 1)
    await network.heal(0, 1)
    await settled()
    expect(hints(bob)).toHaveLength(1)
    expect(hints(ada).length).toBeLessThan(2)
  })

  test('are not told of when the private one has a secret: nobody can tell that they are meant to meet', async () => {
    const { ada, bob } = await meet(order, true, Buffer.alloc(32, 'two lumps'))
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })
})

describe('a hint at the other wire', () => {
  test('comes for each topic, and anew when the topic is joined anew', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    for (const name of ['a', 'b']) {
      ada.sockets.join(name)
      bob.sockets.join(name, { private: true })
    }
    await settled()
    expect(hints(bob)).toHaveLength(2)
    void bob.sockets.leave('a')
    bob.sockets.join('a', { private: true })
    await settled()
    expect(hints(bob)).toHaveLength(3)
  })

  test('comes to the handle as well, and not inside join', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    ada.sockets.join(NAME)
    await settled()
    const order: string[] = []
    bob.sockets.join(NAME, { private: true, onreject: error => order.push(error.code) })
    order.push('joined')
    await settled()
    expect(order).toEqual(['joined', 'ERR_VISIBILITY_MISMATCH'])
  })

  test('does not come for peers that meet', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    for (const { sockets } of [ada, bob]) {
      sockets.join(NAME, { private: true })
      sockets.join('public')
    }
    await settled()
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test('does not come for a private topic that the peer has left', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const theirs = ada.sockets.join(NAME, { private: true })
    await settled()
    void theirs.close()
    await settled()
    bob.sockets.join(NAME)
    await settled()
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test('tells the other side nothing of a private name', async () => {
    const { network, parties: all } = await parties(2, {}, false)
    const [ada, bob] = all
    const heard: ReturnType<typeof overhear>[] = []
    ada.networker.on('handshake', stream => heard.push(overhear(stream)))
    ada.sockets.join('something else')
    bob.sockets.join(NAME, { private: true })
    await network.connect(0, 1)
    await settled()
    void bob.sockets.leave()
    await settled()
    expect(heard).toHaveLength(1)
    for (const { bytes } of heard) expect(bytes().includes(NAME)).toBe(false)
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
    expect(JSON.stringify(ada.sockets.inspect())).not.toContain(NAME)
  })

  test('comes no more than once when the peer is in both, by two Peersockets', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const second = new Peersockets(bob.networker, { onreject: () => undefined })
    bob.sockets.join(NAME)
    second.join(NAME, { private: true })
    ada.sockets.join(NAME, { private: true })
    await settled()
    expect(hints(ada).length).toBeLessThan(2)
  })
})
