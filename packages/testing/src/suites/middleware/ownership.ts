import { ok } from 'node:assert/strict'
import { TestConnection } from '../../session/test-connection.js'
import { bytesOf, type Check } from '../suite.js'
import { assertBuffer, type MiddlewareSubject, openPair, received, sent } from './subject.js'

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
    promise: 'leaves the session as it is',
    async run(subject) {
      const connection = new TestConnection()
      const ends = connection.sessions()
      const state = () =>
        [ends.alice, ends.bob]
          .flatMap(({ localPublicKey, remotePublicKey, peer }) => [
            localPublicKey,
            remotePublicKey,
            peer.remotePublicKey
          ])
          .map(key => key.toString('hex'))
          .concat(Object.keys(ends.alice), Object.keys(ends.bob))
          .join()
      const before = state()
      const { alice, bob } = openPair(subject, connection)
      await received(bob, await sent(alice, frameOf(0)))
      alice.close?.()
      bob.close?.()
      ok(state() === before, 'the keys or properties of the session were changed')
    }
  }
]
