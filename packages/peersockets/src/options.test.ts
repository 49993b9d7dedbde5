import { describe, expect, test } from 'vitest'
import { Peersockets } from './peersockets.js'
import { keyOf, type Party, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'
import { combine } from './transport/combine.js'

const refused = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })

/** Calls what JavaScript may call with anything. */
function call(on: object, method: string, ...args: readonly unknown[]): unknown {
  return Object(on)[method](...args)
}

/** Ada and her handle, with Bob, Carol and Dave in the topic. */
async function crowd() {
  const { parties: all } = await parties(4)
  const [ada, ...others] = all
  const heard = others.map((other: Party) => {
    const messages: string[] = []
    other.sockets.join('chat', { onmessage: message => messages.push(message.toString()) })
    return messages
  })
  const room = ada.sockets.join('chat')
  await settled()
  return { ada, others, room, heard }
}

describe('whom a broadcast is not for', () => {
  const peerOf = (room: { peers: ReadonlySet<{ remotePublicKey: Buffer }> }, other: Party) => {
    const found = [...room.peers].find(({ remotePublicKey }) => remotePublicKey.equals(keyOf(other)))
    if (found === undefined) throw new Error('The peer is not there.')
    return found
  }

  test('is a peer object, a key, or hex, or any iterable of them', async () => {
    const { others, room, heard } = await crowd()
    const [bob, carol] = others
    if (bob === undefined || carol === undefined) throw new RangeError('There are three.')
    const [peer, key, hex] = [peerOf(room, bob), keyOf(bob), keyOf(bob).toString('hex')]
    const carolKey = keyOf(carol)
    function* both() {
      yield peer
      yield carolKey
    }
    const one = [
      peer,
      key,
      new Uint8Array(key),
      hex,
      hex.toUpperCase(),
      [peer],
      [hex, key, peer],
      new Set([peer])
    ]
    for (const except of one) expect(room.broadcast('not bob', { except })).toBe(2)
    const two = [both(), new Set([hex, keyOf(carol).toString('hex')]), [peer, keyOf(carol)]]
    for (const except of two) expect(room.broadcast('dave', { except })).toBe(1)
    for (const except of [[], new Set<string>()]) expect(room.broadcast('all', { except })).toBe(3)
    // Whoever is not connected would not get it anyway.
    for (const except of [Buffer.alloc(32, 1), [Buffer.alloc(32, 1).toString('hex'), peer]])
      expect(room.broadcast('some', { except })).toBe(Array.isArray(except) ? 2 : 3)
    expect(call(room, 'broadcast', 'all', { except: undefined })).toBe(3)
    expect(room.broadcast('nobody', { except: room.peers })).toBe(0)
    await settled()
    expect(heard[0]).toEqual(['all', 'all', 'some', 'all'])
    expect(heard[2]?.filter(text => text === 'dave')).toHaveLength(3)
  })

  test.each([
    ['null', null],
    ['a number', 7],
    ['true', true],
    ['a function', () => undefined],
    ['an object', {}],
    ['a name', 'bob'],
    ['no text', ''],
    ['bytes that are no key', Buffer.alloc(31)],
    ['no bytes', Buffer.alloc(0)],
    ['other bytes', new Uint8Array(33)],
    ['a list with nothing in it', [undefined]],
    ['a list with null in it', [null]],
    ['a list of lists', [[Buffer.alloc(32)]]],
    ['a set of names', new Set(['bob'])],
    ['a peer without a key', { remotePublicKey: null }],
    ['a map', new Map([[Buffer.alloc(32), 1]])]
  ])('is not %s: nothing is sent', async (_what, except) => {
    const { ada, room, heard } = await crowd()
    expect(() => call(room, 'broadcast', 'x', { except })).toThrow(refused)
    await settled()
    expect([heard, ada.sockets.stats.sent]).toEqual([[[], [], []], 0])
  })
})

describe('an option that nobody would look at', () => {
  test.each([
    ['broadcast', ['x', { exept: [] }], '`exept`'],
    ['broadcast', ['x', null], 'object'],
    ['broadcast', ['x', 'bob'], 'object']
  ])('is refused by %s%j', async (method, args, hint) => {
    const { room } = await crowd()
    expect(() => call(room, method, ...args)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(hint) })
    )
  })

  test.each([
    ['close', [null]],
    ['close', [{ timout: 1 }]],
    ['close', [{ timeout: -1 }]],
    ['close', [{ timeout: Number.NaN }]],
    ['close', [{ timeout: '1' }]],
    ['close', [5]],
    ['drained', [undefined]],
    ['drained', [null]],
    ['drained', ['bob']],
    ['drained', [{}]]
  ])('is refused by %s%j of a handle, which goes on', async (method, args) => {
    const { room } = await crowd()
    await expect(call(room, method, ...args)).rejects.toThrow(refused)
    expect(room.broadcast('x')).toBe(3)
    await room.drained()
  })

  test.each([
    ['leave', [123]],
    ['leave', [null]],
    ['leave', [{ name: 'chat' }]],
    ['leave', [undefined]],
    ['leave', [undefined, { timeout: 1 }]],
    ['leave', [['chat']]],
    ['leave', ['chat', { timout: 1 }]],
    ['leave', ['chat', null]],
    ['leave', [{ timeout: null }]],
    ['stop', [null]],
    ['stop', [{ timout: 1 }]],
    ['stop', [1_000]],
    ['stop', [{ timeout: null }]]
  ])('is refused by %s%j, and nothing is left', async (method, args) => {
    const { ada, room } = await crowd()
    await expect(call(ada.sockets, method, ...args)).rejects.toThrow(refused)
    expect(room.broadcast('x')).toBe(3)
    ada.sockets.join('other')
  })

  test.each([
    [[{ onmessage: () => undefined }, 'chat'], 'takes the topic first'],
    [[], 'its name'],
    [[null], 'its name'],
    [['chat', null], 'object'],
    [['chat', 'x'], 'object'],
    [['chat', { onMessage: () => undefined }], '`onMessage`'],
    [['chat', { onmessage: 'x' }], 'a function'],
    [['chat', { signal: {} }], 'AbortSignal'],
    [['chat', { private: 1 }], 'true or false'],
    [['chat', { name: 'chat/1' }], 'defined topic'],
    [[defineTopic({ name: 'a' }), { private: true }], 'says itself']
  ])('is refused by join%j, which says how it is', async (args, hint) => {
    const { ada } = await crowd()
    expect(() => call(ada.sockets, 'join', ...args)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(hint) })
    )
    expect([...ada.sockets.stats.topics.keys()]).toEqual(['chat'])
  })

  test.each([[null], [{ onReject: () => undefined }], [{ onreject: 'x' }], [{ highwatermark: 1 }], ['x']])(
    'is refused by the constructor: %j',
    async options => {
      const { ada } = await crowd()
      const before = ada.networker.listenerCount('handshake')
      expect(() => Reflect.construct(Peersockets, [ada.networker, options])).toThrow(refused)
      expect(ada.networker.listenerCount('handshake')).toBe(before)
    }
  )

  test('is refused by combine: what is no network, or a list of them, none at all, or one twice', async () => {
    const { ada } = await crowd()
    const twice = [ada.networker, ada.networker]
    for (const networks of [[null], [{}], [[ada.networker]], [ada.networker, 'x'], [], twice])
      expect(() => Reflect.apply(combine, undefined, networks)).toThrow(refused)
  })
})
