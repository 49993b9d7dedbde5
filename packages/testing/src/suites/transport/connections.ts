import { deepStrictEqual, ok } from 'node:assert/strict'
import { assertVersion, bytesOf, type Check } from '../suite.js'
import { Started, type TransportSubject, turns, withPair } from './subject.js'

export const connections: readonly Check<TransportSubject>[] = [
  {
    promise: 'is made for version 2 of the contract',
    run: subject =>
      withPair(subject, async ({ alice, bob }) => {
        for (const { transport } of [alice, bob]) assertVersion(transport)
      })
  },
  {
    promise: 'reports a connection that exists before start returns, once',
    run: subject =>
      withPair(subject, async ({ alice, bob, settled }) => {
        deepStrictEqual([alice.connections.length, bob.connections.length], [1, 1])
        await settled()
        deepStrictEqual([alice.connections.length, bob.connections.length], [1, 1])
        deepStrictEqual([alice.gone.length, bob.gone.length], [0, 0])
      })
  },
  {
    promise: 'reports connections that go and that come, once each',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, settled }) => {
        for (let round = 1; round <= 2; round++) {
          const before = [alice.connection, bob.connection]
          await pair.disconnect()
          await until(
            () => alice.gone.length === round && bob.gone.length === round,
            'both to report the end'
          )
          deepStrictEqual([alice.gone.at(-1) === before[0], bob.gone.at(-1) === before[1]], [true, true])
          await pair.connect()
          await until(
            () => alice.connections.length === round + 1 && bob.connections.length === round + 1,
            'both to report the new connection'
          )
          await settled()
          deepStrictEqual([alice.connections.length, bob.connections.length], [round + 1, round + 1])
          deepStrictEqual([alice.gone.length, bob.gone.length], [round, round])
        }
      })
  },
  {
    promise: 'knows the keys of both peers',
    run: subject =>
      withPair(subject, async ({ alice, bob }) => {
        const [near, far] = [alice.connection, bob.connection]
        for (const { localPublicKey, remotePublicKey, peer } of [near, far]) {
          ok(
            Buffer.isBuffer(localPublicKey) && localPublicKey.length === 32,
            'a public key is a Buffer of 32 bytes'
          )
          ok(
            Buffer.isBuffer(remotePublicKey) && remotePublicKey.length === 32,
            'a public key is a Buffer of 32 bytes'
          )
          ok(peer.remotePublicKey.equals(remotePublicKey), 'the peer has another key than its connection')
          ok(!localPublicKey.equals(remotePublicKey), 'both peers have the same key')
        }
        ok(near.localPublicKey.equals(far.remotePublicKey), 'Bob knows Alice by another key')
        ok(far.localPublicKey.equals(near.remotePublicKey), 'Alice knows Bob by another key')
      })
  },
  {
    promise: 'finds the connection of a peer, and of nobody else',
    run: subject =>
      withPair(subject, async ({ pair, alice, until }) => {
        const { connection, transport } = alice
        const { peer } = connection
        ok(transport.connectionOf(peer) === connection, 'the connection of its peer was not found')
        const stranger = { remotePublicKey: peer.remotePublicKey }
        ok(
          transport.connectionOf(stranger) === undefined,
          'a peer that is not of this network has a connection'
        )
        await pair.disconnect()
        await until(() => alice.gone.length === 1, 'the end to be reported')
        ok(transport.connectionOf(peer) === undefined, 'a peer that is gone has a connection')
      })
  },
  {
    promise: 'gives a connection one identity for all who look at it, and the next one another',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until }) => {
        const second = new Started(pair.alice)
        const { identity } = alice.connection
        ok(typeof identity === 'object' && identity !== null, 'an identity is an object')
        ok(second.connection.identity === identity, 'two transports see two identities in one connection')
        const key = Symbol('kept on a connection')
        ok(Reflect.defineProperty(identity, key, { value: 'kept' }), 'an identity takes no properties')
        ok(Reflect.get(second.connection.identity, key) === 'kept', 'an identity loses its properties')
        second.transport.stop()
        await pair.disconnect()
        await pair.connect()
        await until(() => alice.connections.length === 2 && bob.connections.length === 2, 'a new connection')
        ok(alice.connection.identity !== identity, 'a new connection has the identity of the one before')
      })
  },
  {
    promise: 'ends a connection for both sides when it is destroyed, and raises no error event',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, openBoth }) => {
        const { near } = await openBoth(alice, bob)
        const before = pair.alice.errors()
        near.channel.send(bytesOf('on its way', 65_536))
        alice.connection.destroy()
        await until(() => alice.gone.length === 1 && bob.gone.length === 1, 'both to report the end')
        alice.connection.destroy()
        await turns()
        deepStrictEqual(pair.alice.errors() - before, 0, 'an error event was raised')
      })
  },
  {
    promise: 'reports nothing once it is stopped, and leaves the connection up for others',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, settled }) => {
        const stopped = new Started(pair.alice)
        stopped.transport.stop()
        await settled()
        await pair.disconnect()
        await until(() => alice.gone.length === 1 && bob.gone.length === 1, 'both to report the end')
        await pair.connect()
        await until(() => alice.connections.length === 2 && bob.connections.length === 2, 'a new connection')
        await settled()
        deepStrictEqual([stopped.connections.length, stopped.gone.length], [1, 0])
      })
  },
  {
    promise: 'lets channels that are open go on once it is stopped, until they are closed',
    run: subject =>
      withPair(subject, async ({ pair, bob, until, openBoth, settled }) => {
        const stopped = new Started(pair.alice)
        const { near, far } = await openBoth(stopped, bob)
        stopped.transport.stop()
        near.channel.send(Buffer.from('last words'))
        await until(() => far.frames.length === 1, 'what was sent after stop to arrive')
        near.channel.close()
        await until(() => far.events.includes('close'), 'the channel to close')
        await settled()
      })
  },
  {
    promise: 'leaves no listener behind when it is stopped',
    run: subject =>
      withPair(subject, async ({ pair }) => {
        const cycle = () => {
          const { transport, connection } = new Started(pair.alice)
          connection.open('cycle', { onmessage: () => undefined }).close()
          transport.stop()
          return pair.alice.listeners()
        }
        // What is added once to a connection, for all who will ever use it, may stay.
        const first = cycle()
        const later = [cycle(), cycle(), cycle()]
        ok(
          later.every(count => count === first),
          `listeners after each start and stop: ${[first, ...later].join(', ')}`
        )
      })
  }
]
