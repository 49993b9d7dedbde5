const NUMBER = /-?\d[\d.eE+-]*/y
const INTEGER = /^-?\d+$/
/** Every integer of up to 15 digits is a double. */
const ALWAYS_EXACT = 15

/**
 * Throws when an integer in `text` is not what a double makes of it, as 9007199254740993 is not. Exact values pass,
 * and so does what JavaScript itself prints for a double. `text` is JSON that `JSON.parse` took, without infinities.
 */
export function refuseInexactIntegers(text: string): void {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') {
      at = endOfString(text, at)
      continue
    }
    NUMBER.lastIndex = at
    const literal = NUMBER.exec(text)?.[0]
    if (literal === undefined) continue
    if (literal.length > ALWAYS_EXACT && INTEGER.test(literal) && isInexact(literal)) {
      throw new RangeError(`${literal} does not fit in a number without changing; it can be sent as a string`)
    }
    at += literal.length - 1
  }
}

function isInexact(literal: string): boolean {
  const number = Number(literal)
  return String(number) !== literal && BigInt(number) !== BigInt(literal)
}

/** The position of the quote that ends the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
