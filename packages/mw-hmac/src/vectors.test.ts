import { readFileSync } from 'node:fs'
import type { ExportedKey, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { deriveKeys, saltOf } from './keys.js'
import { codeOf, now } from './signing.fixture.js'

/** Bytes as hexadecimal digits. */
interface SignedFrames {
  readonly alice: string
  readonly bob: string
  readonly aliceToBob: string
  readonly bobToAlice: string
  readonly valid: readonly {
    readonly comment: string
    readonly topic: string
    readonly sharedKey: string | null
    readonly tagBytes: number
    readonly counter: number
    readonly body: string
    readonly key: string
    readonly hex: string
  }[]
  readonly invalid: readonly { readonly comment: string; readonly error: string; readonly hex: string }[]
  readonly order: {
    readonly frames: readonly {
      readonly comment: string
      readonly error: string | null
      readonly hex: string
    }[]
  }
}

const { signedFrames }: { readonly signedFrames: SignedFrames } = JSON.parse(
  readFileSync(new URL('../../../spec/vectors.json', import.meta.url), 'utf8')
)

const bytes = (hex: string) => Buffer.from(hex, 'hex')

/** Both ends of `topic` on the vectors' connection. */
function sessions(topic: string): { alice: Session; bob: Session } {
  const end = (local: string, remote: string, exportKey: () => ExportedKey): Session => ({
    topic,
    peer: { remotePublicKey: bytes(remote) },
    localPublicKey: bytes(local),
    remotePublicKey: bytes(remote),
    authenticated: false,
    counters: { sent: 0, received: 0 },
    extend: (frame, before, after) => Buffer.concat([Buffer.alloc(before), frame, Buffer.alloc(after)]),
    exportKey
  })
  const { alice, bob, aliceToBob, bobToAlice } = signedFrames
  return {
    alice: end(alice, bob, () => ({ send: bytes(aliceToBob), receive: bytes(bobToAlice) })),
    bob: end(bob, alice, () => ({ send: bytes(bobToAlice), receive: bytes(aliceToBob) }))
  }
}

describe('signed frames', () => {
  test.for(signedFrames.valid)('$comment', ({ topic, sharedKey, tagBytes, counter, body, key, hex }) => {
    const { alice, bob } = sessions(topic)
    const secret = sharedKey === null ? undefined : bytes(sharedKey)
    const signer = hmac(secret === undefined ? { tagBytes } : { tagBytes, key: secret })
    expect(deriveKeys(alice, [saltOf(secret)], tagBytes).send.toString('hex')).toBe(key)
    alice.counters.sent = counter - 1
    expect(now(signer.open(alice).send(bytes(body))).toString('hex')).toBe(hex)
    expect(now(signer.open(bob).receive(bytes(hex))).toString('hex')).toBe(body)
  })

  test.for(signedFrames.invalid)('$error: $comment', ({ error, hex }) => {
    const layer = hmac().open(sessions('chat').bob)
    expect(codeOf(() => layer.receive(bytes(hex)))).toBe(error)
  })

  test('are taken in the order of their counters', () => {
    const layer = hmac().open(sessions('chat').bob)
    const outcomes = signedFrames.order.frames.map(({ error, hex }) => {
      if (error !== null) return codeOf(() => layer.receive(bytes(hex)))
      return now(layer.receive(bytes(hex))).toString()
    })
    expect(outcomes).toEqual(signedFrames.order.frames.map(({ error }) => error ?? 'hi'))
  })
})
