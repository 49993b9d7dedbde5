import { encrypt } from '@peersockets/mw-encrypt'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Topic } from 'peersockets'
import { Random } from '../../random.js'

/** On both wires, in batches and not, bare, signed and encrypted. */
export const topics: readonly Topic<Buffer>[] = [
  defineTopic({ name: 'bare' }),
  defineTopic({ name: 'signed', middleware: [hmac()] }),
  defineTopic({ name: 'encrypted', middleware: [encrypt({ key: Buffer.alloc(32, 'last words') })] }),
  defineTopic({ name: 'alone', batch: false }),
  defineTopic({ name: 'public', private: false }),
  defineTopic({ name: 'public, signed', private: false, middleware: [hmac()] })
]

/**
 * When the speaker says it all: once the listener is in the topic; as soon as they are connected, before either knows what the
 * other is in; or in the tick in which it joins, on a connection that was there before.
 */
export const MOMENTS = ['met', 'connected', 'joining'] as const
export type Moment = (typeof MOMENTS)[number]

/** What a speaker says, all of it in one tick, the last that it has. */
export interface Speech {
  readonly moment: Moment
  /** In the order of saying: in which of the topics, and how many bytes. */
  readonly words: readonly { readonly topic: number; readonly bytes: number }[]
}

const MOST_WORDS = 12
const SIZES = [0, 1, 100, 1000, 20_000, 65_000, 70_000, 1_000_000, 3_000_000]
/** Less than waits for one peer at most. */
const MOST_BYTES = 8_000_000

/** The same for the same seed, so that the listener knows what was said. */
export function speechOf(seed: number): Speech {
  const random = new Random(seed)
  const moment = random.pick(MOMENTS)
  const words: { topic: number; bytes: number }[] = []
  let left = MOST_BYTES
  for (let more = random.integer(1, MOST_WORDS); more > 0; more--) {
    const bytes = Math.min(left, random.integer(0, random.pick(SIZES)))
    left -= bytes
    words.push({ topic: random.integer(0, topics.length - 1), bytes })
  }
  return { moment, words }
}

/** The message of that number: the number, and bytes that follow from it. */
export function wordOf(n: number, bytes: number): Buffer {
  const word = Buffer.alloc(4 + bytes, n + 1)
  word.writeUInt32BE(n)
  return word
}
