import type { Codec } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { testCodec } from '../codec/codec.js'
import type { CodecPromises } from '../codec/subject.js'
import type { Test } from '../suite.js'
import { checksOf, complaintOf, complaintsOf, type Wrong } from './outcome.fixture.js'
import { tiny } from './tiny.fixture.js'

interface Given {
  readonly create: () => Codec
  readonly promises?: Partial<CodecPromises>
}

const SAMPLES = [
  null,
  0.1,
  -0,
  Number.NaN,
  'text 🦜',
  '\ufeffmark',
  Buffer.from('bytes'),
  [1, [2]],
  [3],
  { a: { b: 'c' }, d: [] }
]

/** `tiny`, changed in part. */
const altered = (alter: (codec: Codec) => Partial<Codec>) => () => {
  const codec = tiny()
  return { ...codec, ...alter(codec) }
}
const given = (alter: (codec: Codec) => Partial<Codec>): Given => ({ create: altered(alter) })
// What JavaScript may do, and no type allows.
const untyped = <T>(value: unknown): T => value as T

const looseJson = (): Codec => ({
  name: 'json',
  encode: value => Buffer.from(JSON.stringify(value) ?? ''),
  decode: bytes => JSON.parse(bytes.toString())
})
const JSON_SAMPLES = [1, 'text', [1, 'two'], { a: null }]

const WRONG: readonly Wrong<Given>[] = [
  {
    what: 'has a name with a meaning of its own',
    check: 'has a name, and is made for version 1 of the contract',
    because: /meaning of its own/,
    given: given(() => ({ name: 'raw' }))
  },
  {
    what: 'loses half of a number',
    check: 'brings back every sample as it was',
    because: /strictly deep-equal/,
    given: given(codec => ({
      encode: value => codec.encode(typeof value === 'number' ? Math.fround(value) : value)
    }))
  },
  {
    what: 'has no sample to show',
    check: 'brings back every sample as it was',
    because: /samples are missing/,
    given: { create: tiny, promises: { samples: [] } }
  },
  {
    what: 'loses the sign of zero, and does not say so',
    check: 'brings back every sample as it was',
    because: /-0/,
    given: { create: () => tiny({ losesNegativeZero: true }) }
  },
  {
    what: 'encodes later',
    check: 'encodes to a Buffer at once',
    because: /no Buffer/,
    given: given(codec => ({ encode: untyped(async (value: unknown) => codec.encode(value)) }))
  },
  {
    what: 'reads from where the memory begins',
    check: 'reads bytes wherever they stand, and nothing beside them',
    because: /begins with|neighbouring|cut off/,
    given: given(codec => ({ decode: bytes => codec.decode(Buffer.from(bytes.buffer, 0, bytes.length)) }))
  },
  {
    what: 'writes a value that it has written before as a reference',
    check: 'holds no state: what one wrote another reads, in any order',
    because: /no value begins with r|state was needed/,
    given: given(codec => {
      const known: string[] = []
      return {
        encode(value) {
          const bytes = codec.encode(value)
          const at = known.indexOf(bytes.toString('hex'))
          if (at === -1) known.push(bytes.toString('hex'))
          return at === -1 ? bytes : Buffer.from(`r${at}`)
        },
        decode: bytes =>
          codec.decode(
            bytes[0] === 0x72 ? Buffer.from(known[Number(bytes.toString('utf8', 1))] ?? '', 'hex') : bytes
          )
      }
    })
  },
  {
    what: 'drops what it cannot write',
    check: 'carries any value without loss, or refuses it with an error',
    because: /comes back as another/,
    given: { create: looseJson, promises: { samples: JSON_SAMPLES } }
  },
  {
    what: 'looks at every element for each element',
    check: 'looks at each part of a value a bounded number of times',
    because: /in one of 2,000/,
    given: given(codec => ({
      encode(value) {
        if (Array.isArray(value))
          for (let at = 0; at < value.length; at += 100) for (const item of value) Object(item).at
        return codec.encode(value)
      }
    }))
  },
  {
    what: 'looks at every byte for each byte',
    check: 'looks at each byte a bounded number of times, where it reads byte by byte',
    because: /of a hundred times as many/,
    given: given(codec => ({
      decode(bytes) {
        let sum = 0
        for (let end = 0; end < bytes.length; end += 1000)
          for (let at = 0; at < end; at++) sum += bytes[at] ?? 0
        return codec.decode(bytes.subarray(0, sum < 0 ? 0 : bytes.length))
      }
    }))
  },
  {
    what: 'encodes what it says it refuses',
    check: 'refuses the values that it says it refuses',
    because: /value 1 was encoded/,
    given: { create: tiny, promises: { refuses: [undefined, 1] } }
  },
  {
    what: 'turns round the arrays that it encodes',
    check: 'does not change the value that it encodes',
    because: /encode changed the value/,
    given: given(codec => ({
      encode(value) {
        const bytes = codec.encode(value)
        if (Array.isArray(value)) value.reverse()
        return bytes
      }
    }))
  },
  {
    what: 'gives the bytes of the app themselves',
    check: 'encodes to bytes that share no memory with the value',
    because: /changed the bytes/,
    given: {
      create: () => ({
        name: 'bytes',
        encode(value) {
          if (!Buffer.isBuffer(value)) throw new TypeError('bytes alone are carried')
          return value
        },
        decode: bytes => bytes
      }),
      promises: { samples: [Buffer.from('bytes')] }
    }
  },
  {
    what: 'wipes what it has decoded',
    check: 'does not change the bytes that it decodes',
    because: /decode changed the bytes/,
    given: given(codec => ({
      decode(bytes) {
        const value = codec.decode(Buffer.from(bytes))
        bytes.fill(0)
        return value
      }
    }))
  },
  {
    what: 'wipes what it could not decode',
    check: 'does not change the bytes that it decodes',
    because: /decode changed the bytes/,
    given: given(codec => ({
      decode(bytes) {
        try {
          return codec.decode(bytes)
        } catch (error) {
          bytes.fill(0)
          throw error
        }
      }
    }))
  },
  {
    what: 'writes every message into one buffer',
    check: 'does not change what it gave, whatever it is given later',
    because: /what encode gave was changed/,
    given: given(codec => {
      const scratch = Buffer.alloc(100_000)
      return { encode: value => scratch.subarray(0, codec.encode(value).copy(scratch)) }
    })
  },
  {
    what: 'gives every array as the same array',
    check: 'does not change what it gave, whatever it is given later',
    because: /what decode gave was changed/,
    given: given(codec => {
      const only: unknown[] = []
      return {
        decode(bytes) {
          const value = codec.decode(bytes)
          if (!Array.isArray(value)) return value
          only.splice(0, only.length, ...value)
          return only
        }
      }
    })
  },
  {
    what: 'throws what is no error',
    check: 'refuses bytes that were cut or changed, or gives a value that survives the way back',
    because: /threw string/,
    given: given(codec => ({
      decode(bytes) {
        try {
          return codec.decode(bytes)
        } catch (error) {
          throw String(error)
        }
      }
    }))
  },
  {
    what: 'gives nothing for what it does not understand',
    check: 'refuses bytes of no meaning, or gives a value that survives the way back',
    because: /does not go back.*not carried/,
    given: given(codec => ({
      decode(bytes) {
        try {
          return codec.decode(bytes)
        } catch {
          return undefined
        }
      }
    }))
  },
  {
    what: 'is spoilt by what it could not decode',
    check: 'is as good as new after bytes and values that it refused',
    because: /left something behind/,
    given: given(codec => {
      let spoilt = false
      return {
        encode: value => codec.encode(spoilt ? [value] : value),
        decode(bytes) {
          try {
            return codec.decode(bytes)
          } catch (error) {
            spoilt = true
            throw error
          }
        }
      }
    })
  },
  {
    what: 'encodes by recursion, however deep',
    check: 'bears what is nested without end, in values and in bytes',
    because: /encode of what is nested 200000 deep ran out of stack/,
    given: { create: looseJson, promises: { samples: JSON_SAMPLES } }
  },
  {
    what: 'decodes by recursion, however deep',
    check: 'bears what is nested without end, in values and in bytes',
    because: /decode of what is nested 200000 deep ran out of stack/,
    given: given(codec => ({
      decode: bytes => tiny({ maxDepth: Number.POSITIVE_INFINITY }).decode(bytes),
      encode: codec.encode
    }))
  },
  {
    what: 'lets a message name the prototype of its objects',
    check: 'lets no key of a message reach a prototype',
    because: /prototype from the message/,
    given: { create: () => tiny({ assigns: true }) }
  },
  {
    what: 'lets a message change the prototype of all objects',
    check: 'lets no key of a message reach a prototype',
    because: /Object.prototype was changed/,
    given: given(codec => ({
      decode(bytes) {
        const value = codec.decode(bytes)
        const merge = (into: Record<string, unknown>, from: object) => {
          for (const [key, item] of Object.entries(from)) {
            into[key] ??= {}
            if (typeof item === 'object' && item !== null) merge(Object(into[key]), item)
            else into[key] = item
          }
        }
        if (typeof value === 'object' && value !== null && '__proto__' in value) merge({}, value)
        return value
      }
    }))
  },
  {
    what: 'decodes what it says it rejects',
    check: 'refuses the bytes that it says it rejects',
    because: /decode took 30/,
    given: { create: tiny, promises: { rejects: [Buffer.from('1'), Buffer.from('0')] } }
  }
]

const suite =
  ({ create, promises }: Given) =>
  (runner: Test) =>
    testCodec(create, { samples: SAMPLES, ...promises, test: runner })

describe('a codec that is wrong is caught', () => {
  test.each(WRONG)('that $what: $check', async ({ check, because, given: wrong }) => {
    expect(await complaintOf(check, suite(wrong))).toMatch(because)
  })
})

describe('a codec that is right passes', () => {
  test.each<[string, Given]>([
    [
      'and carries much',
      { create: tiny, promises: { refuses: [undefined, 1n], rejects: [Buffer.from('1')] } }
    ],
    [
      'and says that it loses the sign of zero',
      {
        create: () => tiny({ losesNegativeZero: true }),
        promises: { samples: [-0, [-0], { a: -0 }, 'text'], keepsNegativeZero: false }
      }
    ],
    [
      'and carries numbers alone',
      {
        create: altered(codec => ({
          encode(value) {
            if (typeof value !== 'number') throw new TypeError('numbers alone are carried')
            return codec.encode(value)
          },
          decode(bytes) {
            const value = codec.decode(bytes)
            if (typeof value !== 'number') throw new TypeError('numbers alone are carried')
            return value
          }
        })),
        promises: { samples: [0, -0, Number.NaN, 0.1] }
      }
    ]
  ])('%s', async (_what, right) => {
    expect(await complaintsOf(suite(right))).toEqual([])
  })
})

test('every check of the suite catches something', () => {
  const checks = checksOf('tiny', suite({ create: tiny, promises: { refuses: [], rejects: [] } }))
  const caught = new Set(WRONG.map(({ check }) => check))
  expect(checks.length).toBeGreaterThan(15)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})
