import type { $ZodType } from 'zod/v4/core'

/** Types of zod that do the same in both directions, if what they are made of does. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['string', 'number', 'bigint', 'boolean', 'null', 'undefined', 'date', 'nan', 'any', 'unknown', 'never'],
  ...['literal', 'enum', 'template_literal', 'custom'],
  ...['object', 'array', 'tuple', 'record', 'map', 'set', 'union', 'intersection'],
  ...['optional', 'nullable', 'nonoptional']
])

/** Types of zod that cannot be run backwards. */
const ONE_WAY: ReadonlySet<string> = new Set(['transform', 'success'])

/** What of a type applies to each value in a list, map or record. */
const EACH: ReadonlySet<string> = new Set(['element', 'items', 'rest', 'keyType', 'valueType'])

type Definition = $ZodType['_zod']['def']

/**
 * Whether a zod schema only checks, so that encoding with it is the same as parsing, which takes zod a thirtieth of the time.
 * False for whatever is not known to.
 */
export function isSymmetric(schema: $ZodType): boolean {
  for (const [def] of typesIn(schema, 'message', new Set())) {
    if (!PLAIN.has(def.type) || ('coerce' in def && def.coerce)) return false
  }
  return true
}

/** Where a zod schema has a `.transform()` or `z.preprocess()`, which zod cannot run backwards: such as `message.tags[]`. */
export function oneWayPlaces(schema: $ZodType): string[] {
  const places = new Set<string>()
  for (const [{ type }, place] of typesIn(schema, 'message', new Set())) {
    if (ONE_WAY.has(type)) places.add(place)
  }
  return [...places]
}

/** Every type that a schema is made of, and the place of its values; `seen`, because a schema may be part of itself. */
function* typesIn(part: unknown, place: string, seen: Set<unknown>): Generator<[Definition, string]> {
  if (typeof part !== 'object' || part === null || seen.has(part)) return
  seen.add(part)
  if (!isZodType(part)) {
    for (const inner of Object.values(part)) yield* typesIn(inner, place, seen)
    return
  }
  const { def } = part._zod
  yield [def, place]
  for (const [key, inner] of Object.entries(def)) {
    if (key === 'shape') {
      for (const [field, value] of Object.entries(inner)) yield* typesIn(value, `${place}.${field}`, seen)
    } else if (key === 'getter') yield* typesIn(inner(), place, seen)
    else if (key !== 'checks') yield* typesIn(inner, EACH.has(key) ? `${place}[]` : place, seen)
  }
}

function isZodType(part: object): part is $ZodType {
  return '_zod' in part
}
