import { type JoinOptions, type Peer, Peersockets, type TopicHandle } from 'peersockets'
import { expect, test } from 'vitest'
import type { Saying } from '../exchange/ledger.js'
import { run } from '../run.js'
import { type AnyNetwork, MEMORY_STACKS } from '../stacks.js'
import { rejoinOn } from './rejoin.js'

type Join = (topic: unknown, options: JoinOptions<Saying>) => TopicHandle<Saying>
type Deliver = (message: Saying, peer: Peer) => void

/** A `Peersockets` that joins otherwise. */
function joining(change: (join: Join) => Join) {
  return (network: AnyNetwork): Peersockets => {
    const sockets = new Peersockets(network)
    Reflect.set(sockets, 'join', change(sockets.join.bind(sockets) as unknown as Join))
    return sockets
  }
}

/** One that does something else with each tenth message. */
function delivering(meddle: (deliver: Deliver, message: Saying, peer: Peer) => void) {
  let n = 0
  return joining(join => (topic, options) => {
    const deliver: Deliver = (message, peer) => options.onmessage?.(message, peer)
    return join(topic, {
      ...options,
      onmessage(message, peer) {
        if (++n % 10 === 0) meddle(deliver, message, peer)
        else deliver(message, peer)
      }
    })
  })
}

/** What a topic that was left has still heard is handed to the one that is joined in its place. */
function keeping() {
  const kept = new Map<unknown, Parameters<Deliver>>()
  return joining(join => (topic, options) => {
    const earlier = kept.get(topic)
    kept.delete(topic)
    let left = false
    const room = join(topic, {
      ...options,
      onmessage(message, peer) {
        // The tick in which it is heard may be the last.
        setImmediate(() => {
          if (left) kept.set(topic, [message, peer])
          else options.onmessage?.(message, peer)
        })
      },
      onclose() {
        left = true
        options.onclose?.()
      }
    })
    if (earlier !== undefined) setImmediate(() => options.onmessage?.(...earlier))
    return room
  })
}

const wrong: [string, (network: AnyNetwork) => Peersockets, RegExp][] = [
  [
    'delivers twice',
    delivering((deliver, message, peer) => {
      deliver(message, peer)
      deliver(message, peer)
    }),
    /^Twice/
  ],
  [
    'delivers on another topic',
    delivering((deliver, message, peer) => deliver({ ...message, topic: 'public, bare' }, peer)),
    /^Misrouted/
  ],
  [
    'turns messages round',
    delivering((deliver, message, peer) => {
      deliver(message, peer)
      if (message.n > 0) deliver({ ...message, n: message.n - 1 }, peer)
    }),
    /^Out of order/
  ],
  ['loses messages', delivering(() => undefined), /said at rest were lost/],
  ['delivers what was said to a time that is over', keeping(), /^Of a time that is over/],
  [
    'tells of peers twice',
    joining(
      join => (topic, options) =>
        join(topic, {
          ...options,
          onpeerjoin(peer) {
            options.onpeerjoin?.(peer)
            options.onpeerjoin?.(peer)
          }
        })
    ),
    /was told wrongly on .*somebody joined/
  ],
  [
    'does not leave',
    network => {
      const sockets = new Peersockets(network)
      Reflect.set(sockets, 'leave', async () => undefined)
      return sockets
    },
    /^Presence is wrong/
  ]
]

test.each(
  MEMORY_STACKS.flatMap(stack => wrong.map(([what, create, fault]) => ({ what, stack, create, fault })))
)('a Peersockets that $what is found out on $stack', async ({ stack, create, fault }) => {
  const [result] = await run({
    scenarios: [rejoinOn(create, [stack])],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  expect(result?.faults.map(({ what }) => what)).toContainEqual(expect.stringMatching(fault))
})
