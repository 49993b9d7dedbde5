import { doesNotReject } from 'node:assert/strict'
import { TestConnection } from '../../session/test-connection.js'
import type { Check } from '../suite.js'
import { assertCarries, type MiddlewareSubject, openPair } from './subject.js'

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
    async run({ create }) {
      const both = { alice: create(), bob: create() }
      const connection = new TestConnection()
      const chat = connection.open(both)
      const cursors = connection.open(both, 'cursors')
      const elsewhere = new TestConnection().open(both)
      chat.alice.close?.()
      chat.bob.close?.()
      await assertCarries(cursors.alice, cursors.bob, Buffer.from('hi'), 'after another topic was closed')
      await assertCarries(
        elsewhere.bob,
        elsewhere.alice,
        Buffer.from('hi'),
        'after another connection was closed'
      )
      const later = new TestConnection().open(both)
      await assertCarries(later.alice, later.bob, Buffer.from('hi'), 'on a connection that came later')
    }
  },
  {
    promise: 'goes on when both sides open the session again',
    async run({ create }) {
      const connection = new TestConnection()
      const both = { alice: create(), bob: create() }
      for (let round = 0; round < 3; round++) {
        const { alice, bob } = connection.open(both)
        for (let frame = 0; frame <= round; frame++) {
          await assertCarries(
            alice,
            bob,
            Buffer.from(`${round}.${frame}`),
            'after the session was opened again'
          )
          await assertCarries(
            bob,
            alice,
            Buffer.from(`${round}.${frame}`),
            'after the session was opened again'
          )
        }
        alice.close?.()
        bob.close?.()
      }
    }
  },
  {
    promise: 'goes on when one side alone opens the session again',
    async run({ create }) {
      const connection = new TestConnection()
      const both = { alice: create(), bob: create() }
      const { bob } = connection.sessions()
      const layers = connection.open(both)
      for (let frame = 0; frame < 5; frame++) {
        await assertCarries(layers.alice, layers.bob, Buffer.from(`${frame}`), 'at the beginning')
        await assertCarries(layers.bob, layers.alice, Buffer.from(`${frame}`), 'at the beginning')
      }
      layers.bob.close?.()
      const again = both.bob.open(bob)
      await assertCarries(
        layers.alice,
        again,
        Buffer.from('to him'),
        'after Bob alone opened the session again'
      )
      await assertCarries(
        again,
        layers.alice,
        Buffer.from('to her'),
        'after Bob alone opened the session again'
      )
    }
  }
]
