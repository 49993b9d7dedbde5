import { ok } from 'node:assert/strict'
import type { Codec } from 'peersockets/plugin'
import { bytesOf, type Check, flipped } from '../suite.js'
import { assertRefusedOrSound, attempt, type CodecSubject, decoded, encoded } from './subject.js'

/** Enough that no stack is deep enough for it. */
const DEEP = 200_000
/** Of long encodings, so many places are attacked. */
const MAX_PLACES = 400

function* placesIn(length: number): Iterable<number> {
  const step = Math.max(1, Math.ceil(length / MAX_PLACES))
  for (let place = 0; place < length; place += step) yield place
}

function wireOf({ create, promises }: CodecSubject): Buffer[] {
  const codec = create()
  return promises.samples.map(sample => encoded(codec, sample))
}

/** Whether it is the engine that gave up, at a depth that depends on who calls. */
function isOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack')
}

/** Fails when `call` runs out of stack; other errors are refusals. */
function withoutOverflow<T>(what: string, call: () => T): T | undefined {
  try {
    return call()
  } catch (thrown) {
    ok(!isOverflow(thrown), `${what} of what is nested ${DEEP} deep ran out of stack`)
    return undefined
  }
}

type Wrap = (inner: unknown) => unknown

/** What the codec puts before and behind a value that stands within another; undefined if no such value is carried. */
function shellOf(codec: Codec, wrap: Wrap): { head: Buffer; tail: Buffer; core: Buffer } | undefined {
  const outcome = attempt('encode', () =>
    [wrap(0), wrap(wrap(0)), wrap(wrap(wrap(0)))].map(value => encoded(codec, value))
  )
  const [core, twice, thrice] = outcome?.result ?? []
  if (core === undefined || twice === undefined || thrice === undefined) return undefined
  const at = twice.indexOf(core)
  const shell =
    at === -1 ? undefined : { head: twice.subarray(0, at), tail: twice.subarray(at + core.length), core }
  if (shell === undefined) return undefined
  return Buffer.concat([shell.head, twice, shell.tail]).equals(thrice) ? shell : undefined
}

const NESTINGS: readonly Wrap[] = [inner => [inner], inner => ({ a: inner })]

export const attacks: readonly Check<CodecSubject>[] = [
  {
    promise: 'refuses bytes that were cut or changed, or gives a value that survives the way back',
    run(subject) {
      const codec = subject.create()
      for (const bytes of wireOf(subject)) {
        for (const place of placesIn(bytes.length)) {
          assertRefusedOrSound(subject, codec, bytes.subarray(0, place), 'a cut encoding')
          assertRefusedOrSound(subject, codec, bytes.subarray(place + 1), 'an encoding without its beginning')
          assertRefusedOrSound(subject, codec, flipped(bytes, place * 8 + (place % 8)), 'a changed encoding')
          for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
            const changed = Buffer.from(bytes)
            changed[place] = byte
            assertRefusedOrSound(subject, codec, changed, 'a changed encoding')
          }
        }
        assertRefusedOrSound(subject, codec, Buffer.concat([bytes, bytes]), 'two encodings in a row')
      }
    }
  },
  {
    promise: 'refuses bytes of no meaning, or gives a value that survives the way back',
    run(subject) {
      const codec = subject.create()
      for (let number = 0; number < 2000; number++) {
        assertRefusedOrSound(subject, codec, bytesOf(`noise ${number}`, number % 40), 'noise')
      }
      for (let byte = 0; byte < 256; byte++) {
        for (const length of [1, 8, 100])
          assertRefusedOrSound(subject, codec, Buffer.alloc(length, byte), 'one byte again and again')
      }
    }
  },
  {
    promise: 'is as good as new after bytes and values that it refused',
    run(subject) {
      const codec = subject.create()
      for (const bytes of wireOf(subject)) {
        attempt('decode', () => decoded(codec, bytes.subarray(0, bytes.length >> 1)))
        attempt('decode', () => decoded(codec, bytesOf('noise', 30)))
        attempt('encode', () => encoded(codec, () => 1))
        attempt('encode', () => encoded(codec, [{ a: [Symbol('s')] }]))
        const fresh = subject.create()
        const [now, then] = [codec, fresh].map(each => encoded(each, decoded(each, bytes)))
        ok(now !== undefined && then !== undefined && now.equals(then), 'a refusal left something behind')
      }
    }
  },
  {
    promise: 'bears what is nested without end, in values and in bytes',
    run({ create }) {
      const codec = create()
      for (const wrap of NESTINGS) {
        let deep: unknown = 0
        for (let depth = 0; depth < DEEP; depth++) deep = wrap(deep)
        withoutOverflow('encode', () => encoded(codec, deep))
        const shell = shellOf(codec, wrap)
        if (shell === undefined) continue
        const { head, core, tail } = shell
        const bytes = Buffer.concat([
          Buffer.alloc(head.length * DEEP, head),
          core,
          ...(tail.length === 0 ? [] : [Buffer.alloc(tail.length * DEEP, tail)])
        ])
        withoutOverflow('decode', () => decoded(codec, bytes))
      }
    }
  },
  {
    promise: 'lets no key of a message reach a prototype',
    run({ create }) {
      const codec = create()
      const keys = [
        ['__proto__', '__prot0__'],
        ['constructor', 'c0nstructor'],
        ['prototype', 'pr0totype']
      ] as const
      const innocent = {
        __prot0__: { polluted: 1 },
        c0nstructor: { pr0totype: { polluted: 1 } },
        a: [{ __prot0__: { polluted: 1 } }]
      }
      const outcome = attempt('encode', () => encoded(codec, innocent))
      if (outcome === undefined) return
      const hostile = outcome.result
      for (const [key, disguise] of keys) {
        for (let at = hostile.indexOf(disguise); at !== -1; at = hostile.indexOf(disguise, at))
          hostile.write(key, at, 'latin1')
      }
      const decodedHostile = attempt('decode', () => decoded(codec, hostile))
      const reached = 'polluted' in {}
      Reflect.deleteProperty(Object.prototype, 'polluted')
      ok(!reached, 'Object.prototype was changed')
      if (decodedHostile === undefined) return
      const { result: value } = decodedHostile
      ok(!inherits(value), 'a value came out with a prototype from the message')
    }
  }
]

/** Whether anything within `value` has `polluted` from its prototype. */
function inherits(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if ('polluted' in value && !Object.hasOwn(value, 'polluted')) return true
  const parts = value instanceof Map ? [...value.values()] : Object.values(value)
  return parts.some(inherits)
}

export function rejectsDeclared(rejected: readonly Uint8Array[]): Check<CodecSubject> {
  return {
    promise: 'refuses the bytes that it says it rejects',
    run({ create }) {
      const codec = create()
      for (const bytes of rejected) {
        const outcome = attempt('decode', () => decoded(codec, bytes))
        ok(outcome === undefined, `decode took ${Buffer.from(bytes).toString('hex').slice(0, 100)}`)
      }
    }
  }
}
