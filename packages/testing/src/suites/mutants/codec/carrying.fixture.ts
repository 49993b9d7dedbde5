import type { Mutant } from '../outcome.fixture.js'
import { type Given, given, JSON_SAMPLES, looseJson, untyped } from './given.fixture.js'
import { tiny } from './tiny.fixture.js'

/** What they do to values. */
export const carrying: readonly Mutant<Given>[] = [
  {
    what: 'has a name with a meaning of its own',
    check: 'has a name, and is made for version 2 of the contract',
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
  }
]
