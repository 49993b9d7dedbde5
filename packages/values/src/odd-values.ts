import fc from 'fast-check'
import { isPlainObject } from './kind.js'

/** A value as an app may send it, and what is to become of it. */
export interface Odd {
  readonly value: unknown
  /** What the other side gets; undefined if sending it is an error. */
  readonly carried: { readonly as: unknown } | undefined
}

/** What the formats do not treat alike. */
export interface Format {
  /** Whether and as what a number is carried. */
  number(value: number): Odd
  /** Values of one piece besides those that every format carries or refuses. */
  readonly leaves: fc.Arbitrary<Odd>
  /** Containers besides arrays and objects. */
  containers?(part: fc.Arbitrary<Odd>): fc.Arbitrary<Odd>
}

export const carried = (value: unknown, as = value): Odd => ({ value, carried: { as } })
export const refused = (value: unknown): Odd => ({ value, carried: undefined })

/** What a getter of an odd value throws. */
export class GetterError extends Error {}

const ODD_NUMBERS = [
  ...[-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE],
  ...[2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 53) - 2, 2 ** 64, 1e21, Number.MAX_VALUE]
]

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map(value => carried(value)),
  fc.constantFrom(refused('\ud800'), refused('x\udfff'), refused('\udc00\ud800'), carried('\ud83e\udd9c'))
)

const always = fc.constantFrom(
  ...[null, true, false, '', '\ufeff', '\u0000', '__proto__'].map(value => carried(value)),
  ...[undefined, Symbol('s'), () => 1, Object(1), new Set([1]), new Error('e'), /x/].map(refused),
  ...[new Float64Array(2), new Uint16Array(2), new Int8Array(2), new Uint8ClampedArray(2)].map(refused),
  ...[new BigInt64Array(2), new ArrayBuffer(2), new DataView(new ArrayBuffer(2))].map(refused)
)

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toJSON',
    'hasOwnProperty',
    'length',
    '',
    '0',
    '10',
    '-1',
    '01'
  ),
  fc.constantFrom('prototype', '__defineGetter__', 'a', 'b', '\ud800')
)

type Kind = 'plain' | 'getter' | 'failing' | 'hidden'
const kind = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Kind>('plain') },
  { weight: 4, arbitrary: fc.constant<Kind>('getter') },
  fc.constantFrom<Kind>('failing', 'hidden')
)

interface Member {
  readonly key: string
  readonly kind: Kind
  readonly part: Odd
}

/** Arbitrary values of which much is odd: keys, numbers, holes, getters, and what no format carries. */
export function oddValues(format: Format): fc.Arbitrary<Odd> {
  const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...ODD_NUMBERS)).map(format.number)
  const leaf = fc.oneof(number, text, always, format.leaves)
  const plain = leaf.filter(({ carried }) => carried !== undefined)
  return fc.letrec<{ part: Odd }>(tie => {
    const part = tie('part')
    const member = fc.record({ key, kind, part: fc.oneof(part, fc.constant(refused(undefined))) })
    const members = fc.uniqueArray(member, { selector: each => each.key, maxLength: 6 })
    return {
      part: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        // Few are refused, or hardly any value would be carried as a whole.
        { weight: 12, arbitrary: plain },
        leaf,
        { weight: 4, arbitrary: fc.array(part, { maxLength: 6 }).map(arrayOf) },
        fc.tuple(fc.array(part, { maxLength: 4 }), fc.nat(4)).map(([parts, hole]) => sparse(parts, hole)),
        { weight: 6, arbitrary: fc.tuple(members, fc.boolean()).map(([of, bare]) => objectOf(of, bare)) },
        members.map(of => withSymbol(objectOf(of, false))),
        ...(format.containers ? [{ weight: 4, arbitrary: format.containers(part) }] : [])
      )
    }
  }).part
}

/** Named properties of an array are no part of the value. */
function arrayOf(parts: readonly Odd[]): Odd {
  const value = Object.assign(
    parts.map(part => part.value),
    { named: Symbol('not sent'), toJSON: () => 'not called' }
  )
  return allOf(
    value,
    parts,
    parts.map(part => part.carried?.as)
  )
}

function sparse(parts: readonly Odd[], hole: number): Odd {
  const value = parts.map(part => part.value)
  value.length++
  if (hole < parts.length) delete value[hole]
  return refused(value)
}

function objectOf(members: readonly Member[], bare: boolean): Odd {
  const value: object = bare ? Object.create(null) : {}
  for (const member of members) Object.defineProperty(value, member.key, descriptorOf(member))
  const sent = members.filter(member => member.kind !== 'hidden' && !isLeftOut(member))
  return allOf(
    value,
    sent.map(member => (member.kind === 'failing' || !member.key.isWellFormed() ? refused(0) : member.part)),
    // Own properties, also of the key `__proto__`.
    Object.fromEntries(sent.map(member => [member.key, member.part.carried?.as]))
  )
}

function isLeftOut({ kind, part }: Member): boolean {
  return kind !== 'failing' && part.value === undefined
}

function descriptorOf({ kind, part }: Member): PropertyDescriptor {
  let reads = 0
  switch (kind) {
    case 'plain':
      return { value: part.value, enumerable: true, configurable: true, writable: true }
    case 'hidden':
      return { value: () => 'not called', enumerable: false }
    case 'getter':
      return { get: () => (reads++ === 0 ? part.value : Symbol('another')), enumerable: true }
    case 'failing':
      return {
        get() {
          throw new GetterError()
        },
        enumerable: true
      }
  }
}

function withSymbol({ value }: Odd): Odd {
  return refused(Object.assign(value ?? {}, { [Symbol('s')]: 1 }))
}

/** `value`, which is carried as `as` if all of its parts are. */
export function allOf(value: unknown, parts: readonly Odd[], as: unknown): Odd {
  return parts.every(part => part.carried !== undefined) ? carried(value, as) : refused(value)
}

/** `value`, of plain data, without the properties that are undefined. */
export function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, withoutUndefined(item)]))
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value
  const defined = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(defined.map(([key, item]) => [key, withoutUndefined(item)]))
}
