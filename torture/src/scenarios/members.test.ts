import {
  type JoinOptions,
  type NetworkerLike,
  type Peer,
  Peersockets,
  type PeersocketsOptions
} from 'peersockets'
import { expect, test } from 'vitest'
import { run } from '../run.js'
import { attacks } from './members/attacks.js'
import type { SiegeOptions } from './members/siege.js'
import { membersOf } from './members.js'

type CreateVictim = NonNullable<SiegeOptions['create']>

/** A victim that does something else with the messages that it is to hand over. */
function meddling(meddle: (deliver: () => void, n: number) => void): CreateVictim {
  return (networker: NetworkerLike, options: PeersocketsOptions) => {
    const sockets = new Peersockets(networker, options)
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

test.each<[string, string, CreateVictim, RegExp]>([
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
    (networker, options) => {
      kept.push(Buffer.alloc(0))
      const sockets = new Peersockets(networker, options)
      sockets.on('reject', () => kept.push(Buffer.alloc(1_000_000, 1)))
      return sockets
    },
    /MiB in memory/
  ],
  [
    'queues more than it should',
    stall,
    (networker, options) => new Peersockets(networker, { ...options, maxQueuedBytes: 16 * 1024 * 1024 }),
    /bytes were queued for the attacker/
  ],
  [
    'tells too little of what it refused',
    open,
    (networker, options) => {
      const sockets = new Peersockets(networker, options)
      const listeners = sockets.rawListeners.bind(sockets)
      Reflect.set(sockets, 'rawListeners', (event: 'reject') => (dropped++ < 20_000 ? listeners(event) : []))
      return sockets
    },
    /too few were refused/
  ]
])('a Peersockets that %s under %s is found out', async (_what, name, create, fault) => {
  const found = attacks.filter(attack => attack.name === name)
  const [result] = await run({
    scenarios: [
      membersOf(
        found.map(attack => ({ ...attack, most: 10 * attack.least })),
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
