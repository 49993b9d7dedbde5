import { type JoinOptions, type NetworkerLike, type Peer, Peersockets } from 'peersockets'
import { expect, test } from 'vitest'
import { run } from '../run.js'
import { pluginsOn } from './plugins.js'

/** One that gives what `change` makes of what its method `name` is called with. */
function changed(name: 'join' | 'rawListeners', change: (call: (...args: unknown[]) => unknown) => unknown) {
  return (networker: NetworkerLike): Peersockets => {
    const sockets = new Peersockets(networker)
    const method = sockets[name] as (...args: unknown[]) => unknown
    Reflect.set(
      sockets,
      name,
      change((...args) => method.apply(sockets, args))
    )
    return sockets
  }
}

/** Hands each message over as often as `times` says for its number. */
function handingOver(times: (n: number) => number) {
  let n = 0
  return changed(
    'join',
    join =>
      (topic: unknown, { onmessage, ...others }: JoinOptions<unknown> = {}) =>
        join(topic, {
          ...others,
          onmessage(message: unknown, peer: Peer) {
            for (let time = times(n++); time > 0; time--) onmessage?.(message, peer)
          }
        })
  )
}

let rejections = 0
/** Keeps every tenth rejection to itself. */
const keepingRejections = changed(
  'rawListeners',
  listeners => (event: unknown) => (rejections++ % 10 === 0 ? [] : listeners(event))
)

test.each([
  ['loses one message in a hundred', handingOver(n => (n % 100 === 50 ? 0 : 1))],
  ['delivers one message in a hundred twice', handingOver(n => (n % 100 === 50 ? 2 : 1))],
  ['keeps rejections to itself', keepingRejections]
])('a Peersockets that %s is found out', async (_what, create) => {
  const [result] = await run({
    scenarios: [pluginsOn(create)],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  expect(result?.faults.length).toBeGreaterThan(0)
})
