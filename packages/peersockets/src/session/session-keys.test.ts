import { describe, expect, test } from 'vitest'
import type { Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

interface Seen {
  readonly send: string
  readonly receive: string
}

/** A middleware that notes the keys which it gets in each session. */
function keeper(seen: Seen[], wire = true): Middleware {
  return {
    name: 'keeper',
    wire,
    open(session) {
      const { send, receive } = session.exportKey('a')
      seen.push({ send: send.toString('hex'), receive: receive.toString('hex') })
      return { send: frame => frame, receive: frame => frame }
    }
  }
}

const mirrored = (keys: readonly Seen[]) =>
  keys.map(({ send, receive }) => ({ send: receive, receive: send }))
const all = (keys: readonly Seen[]) => new Set(keys.flatMap(({ send, receive }) => [send, receive]))

describe('the keys of a session', () => {
  test('are those of the connection in a public topic, however often it is joined', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const atAda: Seen[] = []
    const atBob: Seen[] = []
    const topicOf = (seen: Seen[]) =>
      defineTopic({ name: 'chat', private: false, middleware: [keeper(seen)] })
    const topic = topicOf(atAda)
    bob.sockets.join(topicOf(atBob))
    for (let time = 0; time < 3; time++) {
      ada.sockets.join(topic)
      await settled()
      await ada.sockets.leave(topic)
    }
    expect([atAda.length, atBob.length]).toEqual([3, 1])
    expect(mirrored(atBob)).toEqual(atAda.slice(0, 1))
    expect(all(atAda).size).toBe(2)
  })

  test.each([true, false])(
    'are not moved by a middleware that only one side has, because it changes no bytes: private %s',
    async isPrivate => {
      const {
        parties: [ada, bob]
      } = await parties()
      const seen: Record<'ada' | 'bob' | 'local', Seen[]> = { ada: [], bob: [], local: [] }
      const common = isPrivate ? { name: 'chat' } : { name: 'chat', private: false as const }
      const more = [keeper(seen.local, false), keeper(seen.ada)]
      const room = ada.sockets.join(defineTopic({ ...common, middleware: more }))
      bob.sockets.join(defineTopic({ ...common, middleware: [keeper(seen.bob)] }))
      await settled()
      room.send('x', keyOf(bob))
      await settled()
      expect(seen.ada).toHaveLength(1)
      expect(mirrored(seen.bob)).toEqual(seen.ada)
      expect(all([...seen.ada, ...seen.local]).size).toBe(4)
      expect([...ada.codes(), ...bob.codes()]).toEqual([])
    }
  )
})
