import type { Mutant } from '../outcome.fixture.js'
import { type Given, given } from './given.fixture.js'
import { tiny } from './tiny.fixture.js'

/** What they do to what is not theirs, and what they let pass. */
export const attacks: readonly Mutant<Given>[] = [
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
    given: given(codec => ({
      encode(value) {
        walk(value)
        return codec.encode(value)
      },
      decode: codec.decode
    }))
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

/** Not `JSON.stringify`, which some engines do without recursion. */
function walk(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const one of Object.values(value)) walk(one)
}
