import { type JoinOptions, type NetworkerLike, Peersockets } from 'peersockets'
import { expect, test } from 'vitest'
import { run } from '../run.js'
import { pluginsOn } from './plugins.js'

/** Hands each message over as often as `times` says for its number. */
function handingOver(times: (n: number) => number) {
  return (networker: NetworkerLike): Peersockets => {
    const sockets = new Peersockets(networker)
    const { join } = sockets
    let n = 0
    Reflect.set(sockets, 'join', (topic: string, { onmessage, ...others }: JoinOptions<Buffer> = {}) =>
      join.call(sockets, topic, {
        ...others,
        onmessage(message, peer) {
          for (let time = times(n++); time > 0; time--) onmessage?.(message, peer)
        }
      })
    )
    return sockets
  }
}

/** Keeps every tenth rejection to itself. */
function keepingRejections(networker: NetworkerLike): Peersockets {
  const sockets = new Peersockets(networker)
  const { rawListeners } = sockets
  let n = 0
  Reflect.set(sockets, 'rawListeners', (event: 'reject') =>
    n++ % 10 === 0 ? [] : rawListeners.call(sockets, event)
  )
  return sockets
}

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
