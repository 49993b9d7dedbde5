import { stripVTControlCharacters } from 'node:util'

/**
 * `text` as it may be written to a terminal. It comes from a peer, who must not move our cursor, change our title,
 * start a new line that looks like somebody else's, or turn the direction of what follows.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\t\r\n\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
}
