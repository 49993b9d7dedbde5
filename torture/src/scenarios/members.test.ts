import { type JoinOptions, type Peer, Peersockets, type PeersocketsOptions } from 'peersockets'
import { expect, test } from 'vitest'
import { run } from '../run.js'
import { type AnyNetwork, STACKS } from '../stacks.js'
import type { SiegeOptions } from './members/siege.js'
import { cases, membersOf } from './members.js'

type CreateVictim = NonNullable<SiegeOptions['create']>

/** A victim that does something else with the messages that it is to hand over. */
function meddling(meddle: (deliver: () => void, n: number) => void): CreateVictim {
  return (network: AnyNetwork, options: PeersocketsOptions) => {
    const sockets = new Peersockets(network, options)
    const join = sockets.join.bind(sockets) as (topic: unknown, options: object) => unknown
    let n = 0
    Reflect.set(sockets, 'join', (topic: unknown, joining: JoinOptions<unknown> = {}) =>
      join(topic, {
        ...joining,
        onmessage: (message: unknown, peer: Peer) => meddle(() => joining.onmessage?.(message, peer), n++)
      })
    )
    return sockets
  }
}

const flood = 'frames that are none'
const stall = 'a member that never reads'
const open = 'topics that nobody knows, more and more of them'
const kept: Buffer[] = []
let dropped = 0

const wrong: [string, string, CreateVictim, RegExp][] = [
  [
    'serves nobody any more',
    flood,
    meddling((deliver, n) => {
      if (n < 5) deliver()
    }),
    /the honest peer was served \d/
  ],
  [
    'answers twice',
    flood,
    meddling((deliver, n) => {
      deliver()
      if (n === 10) deliver()
    }),
    /^Instead of number/
  ],
  [
    'keeps all that it is sent',
    stall,
    (network, options) => {
      kept.push(Buffer.alloc(0))
      const sockets = new Peersockets(network, options)
      sockets.on('reject', () => kept.push(Buffer.alloc(1_000_000, 1)))
      return sockets
    },
    /MiB in memory/
  ],
  [
    'queues more than it should',
    stall,
    (network, options) => new Peersockets(network, { ...options, maxQueuedBytes: 16 * 1024 * 1024 }),
    /bytes were queued for the attacker/
  ],
  [
    'tells too little of what it refused',
    open,
    (network, options) => {
      const sockets = new Peersockets(network, options)
      const listeners = sockets.rawListeners.bind(sockets)
      Reflect.set(sockets, 'rawListeners', (event: 'reject') => (dropped++ < 20_000 ? listeners(event) : []))
      return sockets
    },
    /too few were refused/
  ]
]

/** What a fault is seen by is another on each network. */
const onEach = ['serves nobody any more', 'queues more than it should']

test.each(
  STACKS.flatMap(stack =>
    wrong
      .filter(([what]) => stack === 'networker' || onEach.includes(what))
      .map(([what, name, create, fault]) => ({ what, stack, name, create, fault }))
  )
)('a Peersockets that $what under $name is found out on $stack', async ({ stack, name, create, fault }) => {
  dropped = 0
  const found = cases.filter(one => one.stack === stack && one.attack.name === name)
  const [result] = await run({
    scenarios: [
      membersOf(
        found.map(({ attack }) => ({ stack, attack: { ...attack, most: 10 * attack.least } })),
        { create, patience: 100 }
      )
    ],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  kept.splice(0)
  expect(result?.faults.map(({ what }) => what)).toContainEqual(expect.stringMatching(fault))
})
