import { Copying, type Entry, isBytes, kindOf } from '@peersockets/values'

/**
 * What a key of a Map may be: another object of the same content is another key, so the receiver could not look it up,
 * and null marks a Map on the wire.
 */
const KEYS = 'string, number, bigint or boolean'

/** The walk over a value that is to be packed. */
export class MsgpackCopying extends Copying {
  protected override readonly format = 'MessagePack'

  protected override other(value: NonNullable<unknown>, depth: number): unknown {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value
      this.refuse(depth, 'the bigint does not fit in 64 bits', RangeError)
    }
    if (isExactly(value, Map)) return this.#map(value, depth)
    if (isExactly(value, Date)) return this.#date(value, depth)
    // A view, as msgpackr knows bytes of this realm only.
    return isBytes(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : undefined
  }

  #date(value: Date, depth: number): Date {
    const time = value.getTime()
    if (Number.isNaN(time)) this.refuse(depth, 'the Date is invalid', RangeError)
    return new Date(time)
  }

  /** Where all keys are strings, an entry of nil and nil in front tells the receiver that this is no object. */
  #map(map: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    this.enter(map, depth)
    const entries: [unknown, unknown][] = []
    const entry: Entry = { key: undefined }
    let onlyStrings = true
    for (const [key, item] of map) {
      if (!KEYS.includes(typeof key)) {
        this.refuse(depth, `a key of the Map is ${kindOf(key)}; it may be a ${KEYS}`)
      }
      if (typeof key !== 'string') onlyStrings = false
      this.steps[depth] = entry
      entry.key = key
      entries.push([this.copy(key, depth + 1), this.copy(item, depth + 1)])
    }
    return new Map(onlyStrings ? [[null, null], ...entries] : entries)
  }
}

/** Whether `value` is exactly a `built`, as no instance of a subclass is. */
function isExactly<T extends object>(value: unknown, built: new () => T): value is T {
  return Object.getPrototypeOf(value) === built.prototype
}
