import type { $ZodType } from 'zod/v4/core'

/** Types of zod that do the same in both directions, if what they are made of does. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['string', 'number', 'bigint', 'boolean', 'null', 'undefined', 'date', 'nan', 'any', 'unknown', 'never'],
  ...['literal', 'enum', 'template_literal', 'custom'],
  ...['object', 'array', 'tuple', 'record', 'map', 'set', 'union', 'intersection'],
  ...['optional', 'nullable', 'nonoptional']
])

/**
 * Whether a zod schema only checks, so that encoding with it is the same as parsing, which takes zod a thirtieth of the time.
 * False for whatever is not known to.
 */
export function isSymmetric(schema: $ZodType): boolean {
  return isPlain(schema, new Set())
}

/** `seen`, because a schema may be part of itself. */
function isPlain(part: unknown, seen: Set<unknown>): boolean {
  if (typeof part !== 'object' || part === null || seen.has(part)) return true
  seen.add(part)
  if (!isZodType(part)) return Object.values(part).every(inner => isPlain(inner, seen))
  const { checks: _, ...def } = part._zod.def
  return PLAIN.has(def.type) && !('coerce' in def && def.coerce) && isPlain(def, seen)
}

function isZodType(part: object): part is $ZodType {
  return '_zod' in part
}
