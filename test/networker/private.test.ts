import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import {
  createBootstrap,
  createNetwork,
  createNetworker,
  type Networker,
  type NetworkerNetwork,
  type NetworkerPeer
} from '@peersockets/testing'
import { defineTopic, type Peer, Peersockets, type PeersocketsError, type TopicHandle } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'

const TIMEOUT = { timeout: 15_000 }

const schema = z.object({ from: z.string(), n: z.number() })
type Message = z.infer<typeof schema>
const chat = defineTopic({ name: 'chat', schema, codec: msgpack(), middleware: [hmac()] })

/** One peer in the private chat, and all that it hears. */
interface Member {
  readonly networker: Networker
  readonly key: Buffer
  readonly sockets: Peersockets
  readonly room: TopicHandle<Message, Message>
  readonly heard: Message[]
  readonly rejections: PeersocketsError[]
  /** Whom it was told of, as `join` or `leave`, by peer. */
  readonly presence: Map<Peer, string[]>
}

function member(networker: Networker, topic = chat): Member {
  const [heard, rejections]: [Message[], PeersocketsError[]] = [[], []]
  const presence: Member['presence'] = new Map()
  const note = (peer: Peer, what: string) => presence.set(peer, [...(presence.get(peer) ?? []), what])
  const sockets = new Peersockets(networker, { onreject: error => rejections.push(error) })
  const room = sockets.join(topic, {
    onmessage: message => heard.push(message),
    onpeerjoin: peer => note(peer, 'join'),
    onpeerleave: peer => note(peer, 'leave')
  })
  return { networker, key: networker.keyPair.publicKey, sockets, room, heard, rejections, presence }
}

/** Says something to every peer as soon as it is there. Gives what was said, in the order in which it was. */
function greetAtOnce({ networker, room }: Member, from: string): Message[] {
  const said: Message[] = []
  networker.on('peer-add', (peer: NetworkerPeer) => {
    for (let burst = 0; burst < 5; burst++) {
      const message = { from, n: said.length }
      said.push(message)
      room.send(message, peer)
    }
  })
  return said
}

async function two(topics: readonly [typeof chat, typeof chat] = [chat, chat]): Promise<{
  network: NetworkerNetwork
  ada: Member
  bob: Member
}> {
  const network = await createNetwork({ stack: 'networker', connected: false })
  onTestFinished(() => network.close())
  const [first, second] = network.networkers
  if (first === undefined || second === undefined) throw new Error('There are two.')
  return { network, ada: member(first, topics[0]), bob: member(second, topics[1]) }
}

describe('private, typed, signed topics over real networkers', () => {
  test('deliver what is sent on peer-add, each time a connection comes up, once and in order', async () => {
    const { network, ada, bob } = await two()
    const [byAda, byBob] = [greetAtOnce(ada, 'ada'), greetAtOnce(bob, 'bob')]
    for (let round = 1; round <= 3; round++) {
      await (round === 1 ? network.allConnected() : network.heal(0, 1))
      await expect.poll(() => [ada.heard.length, bob.heard.length], TIMEOUT).toEqual([5 * round, 5 * round])
      await network.cut(0, 1)
    }
    expect([ada.heard, bob.heard]).toEqual([byBob, byAda])
    for (const { presence, room, rejections } of [ada, bob]) {
      expect([...presence.values()]).toEqual([
        ['join', 'leave'],
        ['join', 'leave'],
        ['join', 'leave']
      ])
      expect(room.peers.size).toBe(0)
      expect(rejections).toEqual([])
    }
  })

  test('tell the sender on peer-add that the other side is not in the topic', async () => {
    const { network, ada, bob } = await two()
    bob.sockets.leave()
    greetAtOnce(ada, 'ada')
    await network.allConnected()
    await expect
      .poll(() => ada.rejections.map(({ code }) => code), TIMEOUT)
      .toEqual(Array(5).fill('ERR_PEER_NOT_IN_TOPIC'))
    expect(bob.heard).toEqual([])
  })

  test('come out right of peers that dial each other from both sides, and drop what they have twice', async () => {
    const bootstrap = await createBootstrap()
    onTestFinished(() => bootstrap.close())
    const members: Member[] = []
    for (let place = 0; place < 3; place++) {
      const networker = await createNetworker({ bootstrap: bootstrap.address, mdns: true })
      onTestFinished(() => networker.close())
      members.push(member(networker))
    }
    const said = members.map((each, place) => greetAtOnce(each, `${place}`))
    const topic = Buffer.alloc(32, 'tea')
    for (const { networker } of members) networker.configure(topic, { flush: false })
    const streams = () => members.map(({ networker }) => networker.peers.size)
    const present = () => members.map(({ room }) => room.peers.size)
    await expect
      .poll(() => [streams(), present()], TIMEOUT)
      .toEqual([
        [2, 2, 2],
        [2, 2, 2]
      ])

    for (const [place, { room }] of members.entries())
      expect(room.broadcast({ from: `${place}`, n: -1 })).toBe(2)
    await expect
      .poll(() => members.map(({ heard }) => heard.filter(({ n }) => n === -1).length), TIMEOUT)
      .toEqual([2, 2, 2])
    for (const [place, { heard, presence, room, rejections }] of members.entries()) {
      // What was said on a connection that was dropped may be gone; nothing comes twice, or out of order.
      for (const from of ['0', '1', '2']) {
        const early = heard.filter(message => message.from === from && message.n >= 0).map(({ n }) => n)
        expect(early).toEqual([...new Set(early)].toSorted((left, right) => left - right))
        expect(early.length).toBeLessThanOrEqual(from === `${place}` ? 0 : (said[Number(from)]?.length ?? 0))
      }
      for (const [peer, log] of presence) {
        expect(log).toEqual(room.peers.has(peer) ? ['join'] : ['join', 'leave'])
      }
      expect(rejections).toEqual([])
    }
  })

  test('tell both sides of a mismatch, with both pipelines, and carry nothing', async () => {
    const other = defineTopic({ name: 'chat', schema, codec: json(), middleware: [hmac()] })
    const { network, ada, bob } = await two([chat, other])
    for (const [each, name] of [
      [ada, 'ada'],
      [bob, 'bob']
    ] as const)
      greetAtOnce(each, name)
    await network.allConnected()
    // Once for the topic, and once for each message that waited.
    const expected = Array(6).fill('ERR_PIPELINE_MISMATCH')
    const codes = () => [ada, bob].map(({ rejections }) => rejections.map(({ code }) => code))
    await expect.poll(codes, TIMEOUT).toEqual([expected, expected])
    for (const { rejections, heard, room } of [ada, bob]) {
      for (const { message } of rejections) {
        expect(message).toContain(chat.descriptor)
        expect(message).toContain(other.descriptor)
      }
      expect(heard).toEqual([])
      expect(room.peers.size).toBe(0)
    }
  })
})
