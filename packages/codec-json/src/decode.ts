import { refuseInexactIntegers } from './integer.js'
import { Review } from './review.js'
import { countMembers } from './structure.js'

// A byte order mark is kept, so that JSON.parse refuses it: RFC 8259 §8.1 forbids sending one.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value of one whole JSON text; throws at anything else, and at what JavaScript would change in reading it. */
export function decode(bytes: Uint8Array, maxDepth: number): unknown {
  const text = textOf(bytes)
  const members = countMembers(bytes, maxDepth)
  const value = parsed(text)
  // Well-formed UTF-8 has no surrogates: only an escape can bring one in.
  const review = new Review(text.includes('\\u'))
  review.visit(value)
  // JSON.parse keeps the last of two members with one name; another reader may keep the first (RFC 8259 §4).
  if (review.members !== members) throw new SyntaxError('an object has two members with the same name')
  if (review.unsafeInteger) refuseInexactIntegers(text)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // What JSON.parse says quotes the text, as it is, and keeps the whole of it in memory.
    const position = /position (\d+)/.exec(String(error))?.[1]
    throw new SyntaxError(
      position === undefined ? 'the text is not JSON' : `character ${position}: the text is not JSON`
    )
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw new SyntaxError('the bytes are not well-formed UTF-8', { cause })
  }
}
