import { Copying, isBytes, kindOf } from '@peersockets/values'

/** The walk over a value that is to be written as JSON. */
export class JsonCopying extends Copying {
  /** Whether a -0 was seen, which `JSON.stringify` would turn into 0. */
  negativeZero = false

  protected override readonly format = 'JSON'

  protected override other(value: NonNullable<unknown>, depth: number): unknown {
    if (isBytes(value)) {
      this.refuse(
        depth,
        `${kindOf(value)} has no form in JSON; use the codec msgpack(), or a z.codec that makes base64 text of it`
      )
    }
    if (!Number.isFinite(value)) return undefined
    if (Object.is(value, -0)) this.negativeZero = true
    return value
  }
}
