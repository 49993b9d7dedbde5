import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Check } from '../suite.js'
import { type TransportSubject, withPair } from './subject.js'

export const exportsKeys: Check<TransportSubject> = {
  promise: 'exports keys that the two share, another for each direction, label and connection',
  run: subject =>
    withPair(subject, async ({ pair, alice, bob, until }) => {
      const seen = new Set<string>()
      const labels = ['', 'a', 'b', 'a/b', '聊天 ☕', 'x'.repeat(3000)]
      for (let round = 1; round <= 2; round++) {
        for (const label of labels) {
          const [near, far] = [alice.connection.exportKey(label), bob.connection.exportKey(label)]
          ok(near.send.length === 32 && near.receive.length === 32, 'an exported key has 32 bytes')
          ok(
            near.send.equals(far.receive) && near.receive.equals(far.send),
            'my `send` is not the `receive` of my peer'
          )
          seen.add(near.send.toString('hex')).add(near.receive.toString('hex'))
          const before = Buffer.from(near.send)
          near.send.fill(0)
          near.receive.fill(0)
          ok(
            alice.connection.exportKey(label).send.equals(before),
            'a key that was wiped is exported as wiped'
          )
        }
        deepStrictEqual(seen.size, labels.length * 2 * round, 'a key was exported twice')
        if (round === 2) return
        await pair.disconnect()
        await pair.connect()
        await until(() => alice.connections.length === 2 && bob.connections.length === 2, 'a new connection')
      }
    })
}

export const refusesToExport: Check<TransportSubject> = {
  promise: 'says with ERR_NO_KEY_EXPORT that it exports no keys',
  run: subject =>
    withPair(subject, async ({ alice }) => {
      let code: unknown
      try {
        alice.connection.exportKey('label')
      } catch (thrown) {
        code = Object(thrown).code
      }
      deepStrictEqual(code, 'ERR_NO_KEY_EXPORT')
    })
}
