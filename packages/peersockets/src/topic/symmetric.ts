import type { $ZodType } from 'zod/v4/core'

/** Types of zod that do the same in both directions, if what they are made of does. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['string', 'number', 'bigint', 'boolean', 'null', 'undefined', 'date', 'nan', 'any', 'unknown', 'never'],
  ...['literal', 'enum', 'template_literal', 'custom'],
  ...['object', 'array', 'tuple', 'record', 'map', 'set', 'union', 'intersection'],
  ...['optional', 'nullable', 'nonoptional']
])

/** Types of zod that say what they do in each direction, or that do it in one of them alone. */
const TWO_WAY: ReadonlySet<string> = new Set(['pipe', 'default', 'prefault', 'catch', 'readonly', 'lazy'])

/** Types of zod whose values nobody can change in place. */
const PRIMITIVE: ReadonlySet<string> = new Set([
  ...['string', 'number', 'bigint', 'boolean', 'null', 'undefined', 'nan', 'never'],
  ...['literal', 'enum', 'template_literal']
])

/** Checks of zod that cannot put another value in the place of the one that they look at. */
const READING: ReadonlySet<unknown> = new Set([
  ...['less_than', 'greater_than', 'multiple_of', 'number_format', 'bigint_format', 'string_format'],
  ...['max_size', 'min_size', 'size_equals', 'max_length', 'min_length', 'length_equals'],
  ...['describe', 'meta']
])

/** Types of zod that cannot be run backwards. */
const ONE_WAY: ReadonlySet<string> = new Set(['transform', 'success'])

/** What of a type applies to each value in a list, map or record. */
const EACH: ReadonlySet<string> = new Set(['element', 'items', 'rest', 'keyType', 'valueType'])

/** How far a schema is known by what it is made of. */
export type Conduct =
  /** It does not change what it lets through, but leaves out what it does not know: running it again changes nothing. */
  | 'checks'
  /** Where it changes a value, it says how in both directions: `z.codec`. */
  | 'declares'
  /** It has code of the app's, or of a library that cannot be looked into, which may write to the value. */
  | 'unknown'

/** What is known of a zod schema. */
export function conductOf(schema: $ZodType): Conduct {
  let conduct: Conduct = 'checks'
  for (const [type] of typesIn(schema, 'message', new Set())) {
    const { def } = type._zod
    if (!readsOnly(type)) return 'unknown'
    if (TWO_WAY.has(def.type)) conduct = 'declares'
    else if (!PLAIN.has(def.type)) return 'unknown'
  }
  return conduct
}

/**
 * Whether encoding with a zod schema is the same as parsing, which takes zod a thirtieth of the time. False for whatever is
 * not known to be.
 */
export function isSymmetric(schema: $ZodType): boolean {
  for (const [type] of typesIn(schema, 'message', new Set())) {
    if (!PLAIN.has(type._zod.def.type) || coerces(type)) return false
  }
  return true
}

/** Whether an object in a zod schema looks at keys that it does not know; what it is given may be bytes, with a key for each. */
export function looksAtAnyKey(schema: $ZodType): boolean {
  for (const [type] of typesIn(schema, 'message', new Set())) {
    const { def } = type._zod
    if ('catchall' in def && def.catchall !== undefined) return true
  }
  return false
}

function readsOnly(type: $ZodType): boolean {
  const { def, bag } = type._zod
  if (coerces(type)) return false
  // z.instanceof, which has the class that it asks for there, and no code of the app's.
  if (def.type === 'custom' && !('Class' in bag)) return false
  if (def.type !== 'custom' && !isReading(def)) return false
  return (def.checks ?? []).every(
    ({ _zod }) => isReading(_zod.def) || (PRIMITIVE.has(def.type) && isRefinement(_zod.def))
  )
}

/** Of a type that is a check of its own, such as `z.email()`, too. */
function isReading(def: object): boolean {
  const { check, format }: { check?: unknown; format?: unknown } = def
  // z.url() puts the trimmed text in the place of the text.
  return check === undefined || (READING.has(check) && format !== 'url')
}

/** A check that is handed the value, and cannot replace it: `.refine()`, but not `.superRefine()`, `.check()`, `.overwrite()`. */
function isRefinement(def: object): boolean {
  const { type, when }: { type?: unknown; when?: unknown } = def
  return type === 'custom' && when === undefined
}

function coerces({ _zod: { def } }: $ZodType): boolean {
  return 'coerce' in def && Boolean(def.coerce)
}

/** Where a zod schema has a `.transform()` or `z.preprocess()`, which zod cannot run backwards: such as `message.tags[]`. */
export function oneWayPlaces(schema: $ZodType): string[] {
  const places = new Set<string>()
  for (const [type, place] of typesIn(schema, 'message', new Set())) {
    if (ONE_WAY.has(type._zod.def.type)) places.add(place)
  }
  return [...places]
}

/** Every type that a schema is made of, and the place of its values; `seen`, because a schema may be part of itself. */
function* typesIn(part: unknown, place: string, seen: Set<unknown>): Generator<[$ZodType, string]> {
  if (typeof part !== 'object' || part === null || seen.has(part)) return
  seen.add(part)
  if (!isZodType(part)) {
    for (const inner of Object.values(part)) yield* typesIn(inner, place, seen)
    return
  }
  const { def } = part._zod
  yield [part, place]
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
