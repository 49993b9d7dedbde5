/** One step from a container into it: the key of an object, the index of an array, or an entry of a Map. */
export type Step = string | number | Entry

/** A step into a Map. One object serves all entries of a Map: a walk sets `key` as it goes. */
export interface Entry {
  key: unknown
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
const LONGEST = 200
const UNPRINTABLE = /[\p{Control}\p{Bidi_Control}\p{Line_Separator}\p{Paragraph_Separator}]/gu

/** Where in a value something is: `$` is the value itself, then `.key`, `["odd key"]`, `[index]` or `.get(key)` per step. */
export function pathOf(steps: readonly Step[]): string {
  let path = '$'
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else if (typeof step === 'object') path += `.get(${keyName(step.key)})`
    else path += IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  }
  // Keys may come from a peer: without a bound, one hostile message could fill a log.
  return printable(
    path.length <= LONGEST ? path : `${path.slice(0, LONGEST / 2)}…${path.slice(-LONGEST / 2)}`
  )
}

/** Without what would begin a new line, move a cursor or turn the direction of writing; in memory of its own. */
function printable(text: string): string {
  return text.replace(UNPRINTABLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

function keyName(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  return typeof key === 'bigint' ? `${key}n` : String(key)
}
