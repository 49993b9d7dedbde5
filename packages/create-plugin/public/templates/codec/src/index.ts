import type { Codec } from 'peersockets/plugin'

/** Refuses what is no UTF-8, and takes a byte order mark for the character that it is. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text as UTF-8, and nothing else. */
export function __identifier__(): Codec {
  return {
    name: '__wire__',
    contract: 2,
    encode(value) {
      if (typeof value !== 'string') throw new TypeError(`message: text is wanted, not a ${typeof value}`)
      const bytes = Buffer.from(value, 'utf8')
      // Half of a surrogate pair would arrive as another character.
      if (bytes.toString('utf8') !== value) throw new TypeError('message: the text is not well-formed')
      return bytes
    },
    decode: bytes => UTF_8.decode(bytes)
  }
}
