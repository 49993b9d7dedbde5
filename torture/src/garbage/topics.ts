import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { type Codec, defineTopic, type Middleware, type Topic } from 'peersockets'
import { z } from 'zod'
import type { Random } from '../random.js'

/** What everybody says in all topics. */
export const schema = z.object({
  from: z.enum(['honest', 'hostile', 'victim']),
  n: z.number().int().nonnegative(),
  tags: z.array(z.string().max(100)).max(8),
  nested: z.record(z.string(), z.union([z.boolean(), z.null(), z.string()]))
})
export type Said = z.infer<typeof schema>

/** Topics on both wires, with both codecs, signed and not: sound ones, and the same as somebody has them who means harm. */
export interface Kind {
  readonly name: string
  topic(): Topic<Said>
  /** Looks the same to others. Its messages pass through `harm` on the way to the codec's bytes, and of the signer's frames. */
  harmful(harm: (bytes: Buffer) => Buffer): Topic<unknown>
}

type Definition = { readonly codec: Codec; readonly middleware?: Middleware[] } & (
  | { readonly private?: true; readonly batch?: boolean }
  | { readonly private: false }
)

function kind(name: string, definition: Definition): Kind {
  const { codec, middleware = [] } = definition
  return {
    name,
    topic: () => defineTopic({ name, schema, ...definition }),
    harmful: harm =>
      defineTopic({
        name,
        ...definition,
        codec: { ...codec, encode: value => harm(codec.encode(value)) },
        middleware: middleware.map(sound => ({
          name: sound.name,
          open(session) {
            const layer = sound.open(session)
            return {
              send: frame => harm(Buffer.from(synchronous(layer.send(frame)))),
              receive: frame => layer.receive(frame),
              close: () => layer.close?.()
            }
          }
        }))
      })
  }
}

export const kinds: readonly Kind[] = [
  kind('json', { codec: json() }),
  kind('json, unbatched', { codec: json(), batch: false }),
  kind('msgpack', { codec: msgpack() }),
  kind('msgpack, signed', { codec: msgpack(), middleware: [hmac()] }),
  kind('json, public', { codec: json(), private: false }),
  kind('msgpack, public and signed', { codec: msgpack(), middleware: [hmac()], private: false })
]

const WORDS = ['', 'a', 'ünï', '🦜', 'x'.repeat(90), '\u0000']

export function anything(random: Random, from: Said['from'], n: number): Said {
  const word = (): string => random.pick([...WORDS, '__proto__'])
  // No schema of zod keeps a key `__proto__`, so that only somebody who means harm gets one out.
  const key = (): string => (from === 'hostile' ? word() : random.pick(WORDS))
  const some = <T>(make: () => T): T[] => Array.from({ length: random.integer(0, 3) }, make)
  return {
    from,
    n,
    tags: some(word),
    nested: Object.fromEntries(some(() => [key(), random.pick([true, false, null, 'text'])]))
  }
}

function synchronous(frame: Buffer | Promise<Buffer>): Buffer {
  if (Buffer.isBuffer(frame)) return frame
  throw new TypeError('The signer is synchronous.')
}
