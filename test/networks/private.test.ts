import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Peer, Peersockets, type PeersocketsError, type TopicHandle } from 'peersockets'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Member, type Members, STACKS, type Stack } from './support/stacks.js'

const TIMEOUT = { timeout: 15_000 }

const schema = z.object({ from: z.string(), n: z.number() })
type Message = z.infer<typeof schema>
const chat = defineTopic({ name: 'chat', schema, codec: msgpack(), middleware: [hmac()] })

/** One peer in the private chat, and all that it hears. */
interface Guest {
  readonly member: Member
  readonly sockets: Peersockets
  readonly room: TopicHandle<Message>
  readonly heard: Message[]
  readonly rejections: PeersocketsError[]
  /** Whom it was told of, as `join` or `leave`, by public key. */
  readonly presence: Map<string, string[]>
}

function enter(member: Member, topic = chat): Guest {
  const [heard, rejections]: [Message[], PeersocketsError[]] = [[], []]
  const presence: Guest['presence'] = new Map()
  const note = ({ remotePublicKey }: Peer, what: string) => {
    const key = remotePublicKey.toString('hex')
    presence.set(key, [...(presence.get(key) ?? []), what])
  }
  const sockets = new Peersockets(member.network(), { onreject: error => rejections.push(error) })
  const room = sockets.join(topic, {
    onmessage: message => heard.push(message),
    onpeerjoin: peer => note(peer, 'join'),
    onpeerleave: peer => note(peer, 'leave')
  })
  return { member, sockets, room, heard, rejections, presence }
}

/** Says something to every peer as soon as it is there. Gives what was said, in the order in which it was. */
function greetAtOnce({ member, room }: Guest, from: string): Message[] {
  const said: Message[] = []
  member.onconnected(peer => {
    for (let burst = 0; burst < 5; burst++) {
      const message = { from, n: said.length }
      said.push(message)
      room.send(message, peer)
    }
  })
  return said
}

function pairOf<T>([first, second]: readonly T[]): readonly [T, T] {
  if (first === undefined || second === undefined) throw new Error('There are two.')
  return [first, second]
}

async function two(
  stack: Stack,
  topics: readonly [typeof chat, typeof chat] = [chat, chat]
): Promise<{ network: Members; ada: Guest; bob: Guest }> {
  const network = await stack.open({ connected: false })
  const [first, second] = pairOf(network.members)
  return { network, ada: enter(first, topics[0]), bob: enter(second, topics[1]) }
}

describe.each(STACKS)('private, typed, signed topics over $name', stack => {
  test('deliver what is sent on peer-add, each time a connection comes up, once and in order', async () => {
    const { network, ada, bob } = await two(stack)
    const [byAda, byBob] = [greetAtOnce(ada, 'ada'), greetAtOnce(bob, 'bob')]
    for (let round = 1; round <= 3; round++) {
      await (round === 1 ? network.allConnected() : network.heal(0, 1))
      await expect.poll(() => [ada.heard.length, bob.heard.length], TIMEOUT).toEqual([5 * round, 5 * round])
      await network.cut(0, 1)
    }
    expect([ada.heard, bob.heard]).toEqual([byBob, byAda])
    for (const { presence, room, rejections } of [ada, bob]) {
      expect([...presence.values()]).toEqual([['join', 'leave', 'join', 'leave', 'join', 'leave']])
      expect(room.peers.size).toBe(0)
      expect(rejections).toEqual([])
    }
  })

  test('tell the sender on peer-add that the other side is not in the topic', async () => {
    const { network, ada, bob } = await two(stack)
    bob.sockets.leave()
    greetAtOnce(ada, 'ada')
    await network.allConnected()
    await expect
      .poll(() => ada.rejections.map(({ code }) => code), TIMEOUT)
      .toEqual(Array(5).fill('ERR_PEER_NOT_IN_TOPIC'))
    expect(bob.heard).toEqual([])
  })

  test('come out right of peers that dial each other from both sides, and drop what they have twice', async () => {
    const { members, dial } = await stack.openCrossing(3)
    const guests = members.map(member => enter(member))
    const said = guests.map((guest, place) => greetAtOnce(guest, `${place}`))
    const present = () => guests.map(({ room }) => room.peers.size)
    const connected = () => guests.map(({ sockets }) => sockets.stats.connections)
    dial()
    await expect
      .poll(() => [connected(), present()], TIMEOUT)
      .toEqual([
        [2, 2, 2],
        [2, 2, 2]
      ])

    for (const [place, { room }] of guests.entries())
      expect(room.broadcast({ from: `${place}`, n: -1 })).toBe(2)
    await expect
      .poll(() => guests.map(({ heard }) => heard.filter(({ n }) => n === -1).length), TIMEOUT)
      .toEqual([2, 2, 2])
    for (const [place, { heard, presence, room, rejections }] of guests.entries()) {
      // What was said on a connection that was dropped may be gone; nothing comes twice, or out of order.
      for (const from of ['0', '1', '2']) {
        const early = heard.filter(message => message.from === from && message.n >= 0).map(({ n }) => n)
        expect(early).toEqual([...new Set(early)].toSorted((left, right) => left - right))
        expect(early.length).toBeLessThanOrEqual(from === `${place}` ? 0 : (said[Number(from)]?.length ?? 0))
      }
      // A key is told of once, however many connections it has; if all of them are gone for a while, once more.
      expect(presence.size).toBe(2)
      for (const log of presence.values()) {
        expect(log).toEqual(log.map((_, n) => (n % 2 === 0 ? 'join' : 'leave')))
        expect(log.at(-1)).toBe('join')
      }
      expect(room.peers.size).toBe(2)
      expect(rejections).toEqual([])
    }
  })

  test('tell both sides of a mismatch, with both pipelines, and carry nothing', async () => {
    const other = defineTopic({ name: 'chat', schema, codec: json(), middleware: [hmac()] })
    const { network, ada, bob } = await two(stack, [chat, other])
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
        expect(message).toContain(chat.pipelineId)
        expect(message).toContain(other.pipelineId)
      }
      expect(heard).toEqual([])
      expect(room.peers.size).toBe(0)
    }
  })
})
