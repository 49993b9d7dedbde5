import { doesNotReject, ok } from 'node:assert/strict'
import type { Layer } from 'peersockets/plugin'
import { type Ends, TestConnection } from '../session/test-connection.js'
import type { Check } from '../suite.js'
import {
  assertCarries,
  createBoth,
  type MiddlewareSubject,
  openPair,
  received,
  sent,
  WIRES
} from './subject.js'

/** A frame in each direction. */
async function assertTalk({ alice, bob }: Ends<Layer>, text: string, when: string): Promise<void> {
  await assertCarries(alice, bob, Buffer.from(`${text} to Bob`), when)
  await assertCarries(bob, alice, Buffer.from(`${text} to Alice`), when)
}

/** Opening, closing, and opening again. */
export const life: readonly Check<MiddlewareSubject>[] = [
  {
    promise: 'closes without an error, used or not, also while a frame is on its way',
    async run(subject) {
      const closed = async (close: (() => void) | undefined) => close?.()
      const unused = openPair(subject)
      await doesNotReject(closed(unused.alice.close?.bind(unused.alice)))
      const used = openPair(subject)
      await assertCarries(used.alice, used.bob, Buffer.from('hi'), 'before closing')
      await doesNotReject(closed(used.bob.close?.bind(used.bob)))
      const onItsWay = Promise.resolve(used.alice.send(Buffer.from('late'))).catch(() => undefined)
      await doesNotReject(closed(used.alice.close?.bind(used.alice)))
      await onItsWay
    }
  },
  {
    promise: 'leaves the other sessions working when one is closed',
    async run(subject) {
      const both = createBoth(subject)
      for (const wire of WIRES) {
        const connection = new TestConnection({}, { wire })
        const chat = connection.open(both)
        const cursors = connection.open(both, 'cursors')
        const elsewhere = new TestConnection({}, { wire }).open(both)
        chat.alice.close?.()
        chat.bob.close?.()
        await assertTalk(cursors, 'hi', 'after another topic was closed')
        await assertTalk(elsewhere, 'hi', 'after another connection was closed')
        const later = new TestConnection({}, { wire }).open(both)
        await assertTalk(later, 'hi', 'on a connection that came later')
      }
    }
  },
  {
    promise: 'goes on when both sides open the session again',
    async run(subject) {
      const both = createBoth(subject)
      for (const wire of WIRES) {
        const connection = new TestConnection({}, { wire })
        for (let round = 0; round < 3; round++) {
          const layers = connection.open(both)
          for (let frame = 0; frame <= round; frame++)
            await assertTalk(layers, `${round}.${frame}`, `after the session was opened again on ${wire}`)
          layers.alice.close?.()
          layers.bob.close?.()
        }
      }
    }
  },
  {
    promise: 'goes on when one side alone opens the session again, on a public topic',
    async run(subject) {
      const connection = new TestConnection({}, { wire: 'v0' })
      const both = createBoth(subject)
      const { alice, bob } = connection.open(both)
      for (let frame = 0; frame < 5; frame++) await assertTalk({ alice, bob }, `${frame}`, 'at the beginning')
      bob.close?.()
      const again = both.bob.open(connection.sessions('chat', both.bob.name).bob)
      await assertTalk({ alice, bob: again }, 'again', 'after Bob alone opened the session again')
    }
  },
  {
    promise: 'works where each side has several layers of a public topic, which share their counters',
    async run(subject) {
      const connection = new TestConnection({}, { wire: 'v0' })
      const both = [createBoth(subject), createBoth(subject)]
      const pairs = both.map(each => connection.open(each))
      const when = 'while several layers were open'
      for (let round = 0; round < 5; round++) {
        for (const { alice } of pairs) {
          const body = Buffer.from(`round ${round}`)
          const frame = await sent(alice, body)
          // Each that has joined the topic at Bob's hears what arrives there.
          for (const { bob } of pairs)
            ok((await received(bob, frame)).equals(body), `a frame was spoilt ${when}`)
        }
      }
    }
  }
]
