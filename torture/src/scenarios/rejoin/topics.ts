import { msgpack } from '@peersockets/codec-msgpack'
import { encrypt } from '@peersockets/mw-encrypt'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Middleware, type Topic } from 'peersockets'
import { type Saying, saying } from '../../exchange/ledger.js'

/** A topic of the scenario. */
export interface Ground {
  readonly name: string
  readonly isPrivate: boolean
  readonly topic: Topic<Saying>
}

const stacks: Readonly<Record<string, () => readonly Middleware[]>> = {
  bare: () => [],
  signed: () => [hmac()],
  encrypted: () => [encrypt({ key: Buffer.alloc(32, 'rejoin') })],
  both: () => [encrypt({ key: Buffer.alloc(32, 'rejoin') }), hmac({ key: Buffer.alloc(32, 'signed') })]
}

/** Bare, signed, encrypted, and signed after it was encrypted: private topics, and public ones. */
export const grounds: readonly Ground[] = Object.entries(stacks).flatMap(([what, middleware]) => {
  const common = { schema: saying, codec: msgpack(), middleware: middleware() }
  const [hidden, open] = [`private, ${what}`, `public, ${what}`]
  return [
    { name: hidden, isPrivate: true, topic: defineTopic({ ...common, name: hidden }) },
    { name: open, isPrivate: false, topic: defineTopic({ ...common, name: open, private: false }) }
  ]
})
