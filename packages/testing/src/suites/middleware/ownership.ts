import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Session } from 'peersockets/plugin'
import { type Ends, TestConnection } from '../session/test-connection.js'
import { bytesOf, type Check } from '../suite.js'
import { assertBuffer, type MiddlewareSubject, openPair, openSessions, received, sent } from './subject.js'

/** Frames that have much in common, so that a middleware that remembers them would make use of it. */
function frameOf(round: number): Buffer {
  return Buffer.concat([Buffer.from(`round ${round}: `), bytesOf('common', 200)])
}

/** Who owns a buffer, and until when. */
export const ownership: readonly Check<MiddlewareSubject>[] = [
  {
    promise: 'does not change the frames that it is given',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      for (let round = 0; round < 5; round++) {
        const given = frameOf(round)
        const before = Buffer.from(given)
        const frame = Buffer.from(await alice.send(given))
        ok(given.equals(before), 'send changed the frame that it was given')
        const wire = Buffer.from(frame)
        await bob.receive(frame)
        ok(frame.equals(wire), 'receive changed the frame that it was given')
      }
    }
  },
  {
    promise: 'does not use a buffer again that it was lent or has given away',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      for (let round = 0; round < 20; round++) {
        const given = frameOf(round)
        const frame = assertBuffer(await alice.send(given), 'send')
        const wire = Buffer.from(frame)
        const body = assertBuffer(await bob.receive(wire), 'receive')
        ok(body.equals(frameOf(round)), `frame ${round} was spoilt by what became of the buffers of others`)
        for (const [at, lent] of [given, frame, wire, body].entries()) lent.fill(0xa0 + at)
      }
    }
  },
  {
    promise: 'does not change what it gave, whatever it is given later',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      const frame = assertBuffer(await alice.send(frameOf(0)), 'send')
      const frameBefore = Buffer.from(frame)
      const body = assertBuffer(await bob.receive(Buffer.from(frame)), 'receive')
      const bodyBefore = Buffer.from(body)
      for (let round = 1; round < 20; round++) await received(bob, await sent(alice, frameOf(round)))
      alice.close?.()
      bob.close?.()
      ok(frame.equals(frameBefore), 'what send gave was changed later')
      ok(body.equals(bodyBefore), 'what receive gave was changed later')
    }
  },
  {
    promise: 'leaves the session as it is, but for the counters',
    async run(subject) {
      const { sessions, layers } = openSessions(subject)
      const before = stateOf(sessions)
      const { counters } = sessions.alice
      await received(layers.bob, await sent(layers.alice, frameOf(0)))
      layers.alice.close?.()
      layers.bob.close?.()
      ok(sessions.alice.counters === counters, 'the counters were replaced by others')
      deepStrictEqual(stateOf(sessions), before, 'the keys or properties of the session were changed')
    }
  },
  {
    promise: 'counts in the counters with whole numbers, and never back',
    async run(subject) {
      const { sessions, layers } = openSessions(subject)
      const counts = () =>
        [sessions.alice, sessions.bob].flatMap(({ counters }) => [counters.sent, counters.received])
      let before = counts()
      for (let round = 0; round < 5; round++) {
        await received(layers.bob, await sent(layers.alice, frameOf(round)))
        await received(layers.alice, await sent(layers.bob, frameOf(round)))
        const now = counts()
        ok(now.every(Number.isSafeInteger), `the counters are ${now.join(', ')}`)
        ok(
          now.every((count, at) => count >= (before[at] ?? 0)),
          `the counters were ${before.join(', ')} and are ${now.join(', ')}`
        )
        before = now
      }
    }
  },
  {
    promise: 'extends frames in send alone, and each once',
    async run({ create }) {
      let extended = 0
      const watched = (session: Session): Session => ({
        ...session,
        extend(frame, before, after) {
          extended++
          return session.extend(frame, before, after)
        }
      })
      const middleware = create()
      const { alice, bob } = new TestConnection().sessions('chat', middleware.name)
      const [near, far] = [middleware.open(watched(alice)), create().open(watched(bob))]
      for (let round = 0; round < 5; round++) {
        extended = 0
        const frame = await sent(near, frameOf(round))
        ok(extended <= 1, `extend was called ${extended} times for one frame`)
        extended = 0
        await received(far, frame)
        ok(extended === 0, 'extend was called in receive')
      }
    }
  }
]

/** What a middleware could change of two sessions, and must not. */
function stateOf({ alice, bob }: Ends<Session>): unknown {
  return [alice, bob].map(session => ({
    ...session,
    // What they count may change.
    counters: Object.keys(session.counters),
    localPublicKey: session.localPublicKey.toString('hex'),
    remotePublicKey: session.remotePublicKey.toString('hex'),
    peer: { ...session.peer, remotePublicKey: session.peer.remotePublicKey.toString('hex') }
  }))
}
