import type { Codec } from '../plugin.js'

/** As much of a codec as the core's own tests need; the real ones are packages of their own. */
export const plainJson: Codec = {
  name: 'plain-json',
  encode: value => Buffer.from(JSON.stringify(value)),
  decode: bytes => JSON.parse(bytes.toString())
}
