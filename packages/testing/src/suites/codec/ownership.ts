import { deepStrictEqual, ok } from 'node:assert/strict'
import { bytesOf, type Check } from '../suite.js'
import { assertSame, attempt, bytesWithin, type CodecSubject, decoded, encoded } from './subject.js'

/** Who owns a value and its bytes, and until when. */
export const ownership: readonly Check<CodecSubject>[] = [
  {
    promise: 'does not change the value that it encodes',
    run({ create, promises }) {
      for (const sample of promises.samples) {
        const before: unknown = structuredClone(sample)
        encoded(create(), sample)
        deepStrictEqual(structuredClone(sample), before, 'encode changed the value')
      }
    }
  },
  {
    promise: 'encodes to bytes that share no memory with the value',
    run({ create, promises }) {
      const codec = create()
      for (const sample of promises.samples) {
        const bytes = codec.encode(sample)
        const before = Buffer.from(bytes)
        for (const part of bytesWithin(sample))
          for (let at = 0; at < part.length; at++) part[at] = ~(part[at] ?? 0)
        const shared = !bytes.equals(before)
        for (const part of bytesWithin(sample))
          for (let at = 0; at < part.length; at++) part[at] = ~(part[at] ?? 0)
        ok(!shared, 'a change of the value changed the bytes')
      }
    }
  },
  {
    promise: 'does not change the bytes that it decodes',
    run({ create, promises }) {
      const codec = create()
      for (const sample of promises.samples) {
        const bytes = encoded(codec, sample)
        for (const wrong of [bytes, bytes.subarray(0, bytes.length >> 1), bytesOf('wrong', 50)]) {
          const given = Buffer.from(wrong)
          attempt('decode', () => codec.decode(given))
          ok(given.equals(wrong), 'decode changed the bytes')
        }
      }
    }
  },
  {
    promise: 'does not change what it gave, whatever it is given later',
    run({ create, promises }) {
      const codec = create()
      const before: Buffer[] = []
      const bytes = promises.samples.map(sample => {
        const each = codec.encode(sample)
        before.push(Buffer.from(each))
        return each
      })
      const values = before.map(each => decoded(codec, each))
      for (const sample of promises.samples) decoded(codec, encoded(codec, sample))
      deepStrictEqual(bytes, before, 'what encode gave was changed later')
      assertSame(promises, values, promises.samples, 'what decode gave was changed later')
    }
  }
]
