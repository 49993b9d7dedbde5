import { JsonCopying } from './copying.js'

/** The UTF-8 JSON text of `value`; throws at what JSON cannot carry, in words that name the path. */
export function encode(value: unknown, maxDepth: number): Buffer {
  const copying = new JsonCopying(maxDepth)
  const copy = copying.copy(value)
  return Buffer.from(copying.negativeZero ? textWithNegativeZero(copy) : JSON.stringify(copy))
}

/**
 * JSON has -0 and `JSON.parse` reads it; only `JSON.stringify` writes 0. Rounding makes a -0 easily
 * (`Math.round(-0.2)`), so it is carried rather than refused. Slower, and used only when there is one.
 */
function textWithNegativeZero(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  if (Array.isArray(value)) return `[${value.map(textWithNegativeZero).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${textWithNegativeZero(item)}`
  )
  return `{${members.join(',')}}`
}
