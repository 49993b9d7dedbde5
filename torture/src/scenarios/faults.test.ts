import { type JoinOptions, type Peer, Peersockets, type TopicHandle } from 'peersockets'
import { expect, test } from 'vitest'
import type { Saying } from '../exchange/ledger.js'
import { run } from '../run.js'
import { type AnyNetwork, MEMORY_STACKS } from '../stacks.js'
import { breakInMemory } from './faults/in-memory.js'
import { faultsOn } from './faults.js'

type Room = TopicHandle<Saying>
type Deliver = (message: Saying, peer: Peer) => void

/** A `Peersockets` that does something else with what it is to hand over, and with the handles that it gives. */
function meddling(
  deliver: (deliver: Deliver, message: Saying, peer: Peer) => void,
  handle: (room: Room) => Room = room => room
) {
  return (network: AnyNetwork): Peersockets => {
    const sockets = new Peersockets(network)
    const join = sockets.join.bind(sockets) as unknown as (topic: unknown, options: object) => Room
    Reflect.set(sockets, 'join', (topic: unknown, options: JoinOptions<Saying> = {}) =>
      handle(
        join(topic, {
          ...options,
          onmessage: (message: Saying, peer: Peer) =>
            deliver((...heard) => options.onmessage?.(...heard), message, peer)
        })
      )
    )
    return sockets
  }
}

const honest = (deliver: Deliver, message: Saying, peer: Peer) => deliver(message, peer)
const every = (n: number, otherwise: typeof honest) => {
  let count = 0
  return (deliver: Deliver, message: Saying, peer: Peer) =>
    (++count % n === 0 ? otherwise : honest)(deliver, message, peer)
}

const kept: unknown[] = []

/** A swarm is not in the hands of who makes a `Peersockets` of its transport. */
const onNetworkersOnly = 'leaves listeners behind'

const wrong: [string, (network: AnyNetwork) => Peersockets, RegExp][] = [
  [
    'delivers a message twice',
    meddling(
      every(50, (deliver, message, peer) => {
        deliver(message, peer)
        deliver(message, peer)
      })
    ),
    /^Twice/
  ],
  [
    'delivers a message of another topic',
    meddling(
      every(50, (deliver, message, peer) =>
        deliver({ ...message, topic: message.topic === 'lazy' ? 'public' : 'lazy' }, peer)
      )
    ),
    /^Misrouted/
  ],
  [
    'makes messages up',
    meddling(every(50, (deliver, message, peer) => deliver({ ...message, n: 1_000_000 }, peer))),
    /^Never said/
  ],
  [
    'turns messages round',
    meddling(
      every(50, (deliver, message, peer) => {
        deliver(message, peer)
        if (message.n > 0) deliver({ ...message, n: message.n - 1 }, peer)
      })
    ),
    /^Out of order/
  ],
  ['loses messages', meddling(every(20, () => undefined)), /messages on a good connection were lost/],
  [
    'still sees who is gone',
    meddling(honest, room => {
      const peers = new Set<Peer>()
      return new Proxy(room, {
        get(target, name) {
          for (const peer of target.peers) if (peers.size === 0) peers.add(peer)
          if (name === 'peers') return peers
          const value = Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        }
      })
    }),
    /still sees who is gone/
  ],
  [
    'never lets go of a connection',
    meddling((deliver, message, peer) => {
      kept.push(peer)
      deliver(message, peer)
    }),
    /connections that are gone are still in memory/
  ],
  [
    onNetworkersOnly,
    network => {
      if ('on' in network) network.on('handshake', () => undefined)
      return new Peersockets(network)
    },
    /^Listeners have become more/
  ],
  [
    'refuses what is right',
    network => new Peersockets(network, { maxMessageBytes: 30 }),
    /is over maxMessageBytes/
  ]
]

test.each(
  MEMORY_STACKS.flatMap(stack =>
    wrong
      .filter(([what]) => stack === 'memory' || what !== onNetworkersOnly)
      .map(([what, create, fault]) => ({ what, stack, create, fault }))
  )
)('a Peersockets that $what is found out on $stack', async ({ stack, create, fault }) => {
  const [result] = await run({
    scenarios: [faultsOn(create, [breakInMemory(stack)])],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  expect(result?.faults.map(({ what }) => what)).toContainEqual(expect.stringMatching(fault))
})
