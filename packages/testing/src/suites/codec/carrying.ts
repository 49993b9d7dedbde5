import { ok } from 'node:assert/strict'
import { assertContract, assertError, type Check } from '../suite.js'
import { assertReads, assertSame, attempt, type CodecSubject, decoded, encoded } from './subject.js'

class Point {
  x = 1
}

function cycle(): unknown {
  const value: unknown[] = []
  value.push({ back: value })
  return value
}

/** Where codecs lose something: each of these is carried without loss, or refused. */
function treacherous(): unknown[] {
  const alone = [
    ...[
      undefined,
      null,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      2 ** 53 + 2,
      Number.MIN_VALUE,
      0n,
      2n ** 64n
    ],
    ...['', '\u0000', '\ufeffmark', '🦜', '\ud800', 'x'.repeat(70_000), Symbol('s'), () => 1],
    ...[new Date(0), new Date(Number.NaN), /x/g, new Error('e'), new Point(), Object(1), Promise.resolve()],
    ...[
      new Map([[{}, 1]]),
      new Map([['a', undefined]]),
      new Set([1]),

      new Float64Array(3)
    ],
    ...[new Array(2), Object.create({ inherited: 1 }), { toJSON: () => 'another' }, { [Symbol('s')]: 1 }],
    ...[JSON.parse('{"__proto__":{"polluted":1}}'), { constructor: 1, length: 2 }, cycle()]
  ]
  return [...alone, ...alone.flatMap(value => (value === undefined ? [[value]] : [[value], { value }]))]
}

export const carrying: readonly Check<CodecSubject>[] = [
  {
    promise: 'has a name, and is made for version 2 of the contract',
    run({ create }) {
      assertContract(create())
    }
  },
  {
    promise: 'brings back every sample as it was',
    run({ create, promises }) {
      ok(promises.samples.length > 0, 'samples are missing')
      for (const sample of promises.samples) {
        assertSame(promises, decoded(create(), encoded(create(), sample)), sample)
      }
    }
  },
  {
    promise: 'encodes to a Buffer at once',
    run({ create, promises }) {
      for (const sample of promises.samples)
        ok(Buffer.isBuffer(create().encode(sample)), 'encode gave no Buffer')
    }
  },
  {
    promise: 'reads bytes wherever they stand, and nothing beside them',
    run({ create, promises }) {
      for (const sample of promises.samples) {
        const bytes = encoded(create(), sample)
        for (const [before, filler] of [
          [0, 0x00],
          [1, 0xff],
          [13, 0x30]
        ] as const) {
          const around = Buffer.alloc(before + bytes.length + 20, filler)
          bytes.copy(around, before)
          const view = around.subarray(before, before + bytes.length)
          assertSame(promises, create().decode(view), sample, 'a neighbouring byte was read')
        }
      }
    }
  },
  {
    promise: 'holds no state: what one wrote another reads, in any order',
    run({ create, promises }) {
      const writer = create()
      const wire = [...promises.samples, ...promises.samples].map(sample => encoded(writer, sample))
      const values = [...promises.samples, ...promises.samples]
      attempt('decode', () => decoded(writer, Buffer.alloc(0)))
      for (let at = wire.length - 1; at >= 0; at--) {
        assertReads(
          promises,
          create(),
          wire[at] ?? Buffer.alloc(0),
          values[at],
          'state was needed to read this'
        )
      }
    }
  },
  {
    promise: 'carries any value without loss, or refuses it with an error',
    run({ create, promises }) {
      const codec = create()
      for (const value of treacherous()) {
        const outcome = attempt('encode', () => encoded(codec, value))
        if (outcome === undefined) continue
        assertReads(promises, codec, outcome.result, value, 'encode took a value that comes back as another')
      }
      const unset = { value: undefined }
      const outcome = attempt('encode', () => encoded(codec, unset))
      if (outcome === undefined) return
      // Types and schemas take a property that is undefined for one that is not there: it may be left out.
      const leftOut = !Object.hasOwn(Object(decoded(codec, outcome.result)), 'value')
      assertReads(
        promises,
        codec,
        outcome.result,
        leftOut ? {} : unset,
        'encode took a value that comes back as another'
      )
    }
  },
  {
    promise: 'looks at each part of a value a bounded number of times',
    run({ create }) {
      const codec = create()
      const looksPerPart = (count: number): number | undefined => {
        let looks = 0
        const counted = (target: object) =>
          new Proxy(target, {
            get(of, key) {
              looks++
              return Reflect.get(of, key)
            }
          })
        const value = counted(Array.from({ length: count }, (_, at) => counted({ at })))
        return attempt('encode', () => encoded(codec, value)) === undefined ? undefined : looks / count
      }
      const [few, many] = [looksPerPart(20), looksPerPart(2000)]
      if (few === undefined || many === undefined) return
      ok(
        many <= few * 2,
        `in an array of 20 each object was looked at ${few} times, in one of 2,000 ${many} times`
      )
    }
  },
  {
    promise: 'looks at each byte a bounded number of times, where it reads byte by byte',
    run({ create }) {
      const codec = create()
      const looksPerByte = (count: number): number | undefined => {
        const outcome = attempt('encode', () =>
          encoded(
            codec,
            Array.from({ length: count }, (_, at) => ({ at }))
          )
        )
        if (outcome === undefined) return undefined
        let looks = 0
        const counted = new Proxy(outcome.result, {
          get(of, key) {
            if (typeof key === 'string' && /^\d+$/.test(key)) looks++
            const found: unknown = Reflect.get(of, key, of)
            return typeof found === 'function' ? found.bind(of) : found
          }
        })
        // What reads in native code cannot be watched, and may not take the stand-in.
        return attempt('decode', () => codec.decode(counted)) === undefined
          ? undefined
          : looks / counted.length
      }
      const [few, many] = [looksPerByte(20), looksPerByte(2000)]
      if (few === undefined || many === undefined) return
      ok(
        many <= few * 2 + 1,
        `of few bytes each was looked at ${few} times, of a hundred times as many ${many} times`
      )
    }
  }
]

export function refusesDeclared(values: readonly unknown[]): Check<CodecSubject> {
  return {
    promise: 'refuses the values that it says it refuses',
    run({ create }) {
      const codec = create()
      for (const [at, value] of values.entries()) {
        let bytes: Buffer | undefined
        try {
          bytes = encoded(codec, value)
        } catch (thrown) {
          assertError(thrown, 'encode')
        }
        ok(bytes === undefined, `value ${at} was encoded as ${bytes?.toString('hex').slice(0, 100)}`)
      }
    }
  }
}
