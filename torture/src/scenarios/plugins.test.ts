import { type JoinOptions, type Peer, Peersockets } from 'peersockets'
import { expect, test } from 'vitest'
import { run } from '../run.js'
import { type AnyNetwork, MEMORY_STACKS } from '../stacks.js'
import { pluginsOn } from './plugins.js'

/** One that gives what `change` makes of what its method `name` is called with. */
function changed(name: 'join' | 'rawListeners', change: (call: (...args: unknown[]) => unknown) => unknown) {
  return (network: AnyNetwork): Peersockets => {
    const sockets = new Peersockets(network)
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

const wrong: [string, (network: AnyNetwork) => Peersockets][] = [
  ['loses one message in a hundred', handingOver(n => (n % 100 === 50 ? 0 : 1))],
  ['delivers one message in a hundred twice', handingOver(n => (n % 100 === 50 ? 2 : 1))],
  ['keeps rejections to itself', keepingRejections]
]

test.each(MEMORY_STACKS.flatMap(stack => wrong.map(([what, create]) => ({ what, stack, create }))))(
  'a Peersockets that $what is found out on $stack',
  async ({ stack, create }) => {
    const [result] = await run({
      scenarios: [pluginsOn(create, [stack])],
      seed: 1,
      more: (_scenario, rounds) => rounds < 1,
      onround() {}
    })
    expect(result?.faults.length).toBeGreaterThan(0)
  }
)
