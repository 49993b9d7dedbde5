import { randomBytes } from 'node:crypto'
import { createNetwork } from '@peersockets/testing'
import { defineTopic, type Middleware, Peersockets } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hmac } from './index.js'

/** Somebody on the path, outside of the signer: keeps frames back, and hands on one instead of another. */
class Path {
  readonly #held: Buffer[] = []
  does: 'pass' | 'hold' | 'replace' = 'pass'

  middleware(): Middleware {
    return {
      name: 'path',
      contract: 2,
      open: () => ({ send: frame => frame, receive: frame => this.#receive(frame) })
    }
  }

  #receive(frame: Buffer): Buffer {
    if (this.does === 'hold') {
      this.#held.push(Buffer.from(frame))
      throw new Error('held back')
    }
    return (this.does === 'replace' && this.#held.shift()) || frame
  }
}

async function pair() {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  const [alice, bob] = network.networkers
  if (alice === undefined || bob === undefined) throw new Error('There are two networkers.')
  return { alice: new Peersockets(alice), bob: new Peersockets(bob), bobKey: bob.keyPair.publicKey }
}

const [one, other] = [randomBytes(32), randomBytes(32)]

const CHANGES: readonly (readonly [string, Middleware, Middleware])[] = [
  ['one key and another', hmac({ key: one }), hmac({ key: other })],
  ['no key and one', hmac(), hmac({ key: one })],
  ['a key and none', hmac({ key: one }), hmac()],
  ['short tags and long ones', hmac({ key: one }), hmac({ key: one, tagBytes: 32 })]
]

describe.each([
  { kind: 'public', isPrivate: false, code: 'ERR_REPLAYED' },
  { kind: 'private', isPrivate: true, code: 'ERR_BAD_SIGNATURE' }
])('on a $kind topic', ({ isPrivate, code }) => {
  test.for(CHANGES)(
    'a frame held back is not accepted after a change there and back: %s',
    async ([, before, between]) => {
      const { alice, bob, bobKey } = await pair()
      const path = new Path()
      const received: string[] = []
      const rejected: string[] = []
      for (const [period, signer] of [before, between, before].entries()) {
        const topic = defineTopic({
          name: 'chat',
          private: isPrivate,
          batch: false,
          middleware: [signer, path.middleware()]
        })
        bob.join(topic, {
          onmessage: message => received.push(message.toString()),
          onreject: error => rejected.push(error.code)
        })
        const room = alice.join(topic)
        await expect.poll(() => room.peers.size).toBe(1)
        if (period === 2) {
          path.does = 'replace'
          room.send('replaced by what was held back', bobKey)
          await expect.poll(() => rejected.at(-1)).toBe(code)
          path.does = 'pass'
        }
        room.send(`arrives in period ${period}`, bobKey)
        await expect.poll(() => received.at(-1)).toBe(`arrives in period ${period}`)
        if (period === 0) {
          path.does = 'hold'
          room.send('held back', bobKey)
          await expect.poll(() => rejected).toEqual(['ERR_MIDDLEWARE_REJECTED'])
          path.does = 'pass'
        }
        alice.leave('chat')
        bob.leave('chat')
        await expect.poll(() => room.peers.size).toBe(0)
      }
      expect(received).toEqual([0, 1, 2].map(period => `arrives in period ${period}`))
      expect(rejected).toEqual(['ERR_MIDDLEWARE_REJECTED', code])
    }
  )
})

test('with a key and without are told apart on a private topic, before any message', async () => {
  const { alice, bob } = await pair()
  const rejected: string[] = []
  const onreject = (error: { code: string }) => rejected.push(error.code)
  alice.join(defineTopic({ name: 'chat', private: true, middleware: [hmac()] }), { onreject })
  bob.join(defineTopic({ name: 'chat', private: true, middleware: [hmac({ key: one })] }), { onreject })
  await expect.poll(() => rejected).toEqual(['ERR_PIPELINE_MISMATCH', 'ERR_PIPELINE_MISMATCH'])
})
