import type { Codec } from 'peersockets/plugin'

/** Ways in which a codec can be wrong. */
export interface Flaws {
  /** How many arrays and objects may stand within each other. Right: 100. */
  readonly maxDepth?: number
  /** Sets the properties of an object by assignment, also `__proto__`. */
  readonly assigns?: boolean
  /** Writes 0 for -0, which may be said. */
  readonly losesNegativeZero?: boolean
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** null, numbers, strings, bytes, arrays and plain objects, each with a letter in front: right, but for its flaws. */
export function tiny({ maxDepth = 100, assigns = false, losesNegativeZero = false }: Flaws = {}): Codec {
  const checkDepth = (depth: number) => {
    if (depth > maxDepth) throw new RangeError(`nested more than ${maxDepth} deep`)
  }

  const parts = (value: unknown, depth: number): Buffer[] => {
    checkDepth(depth)
    if (value === null) return [Buffer.from('0')]
    if (typeof value === 'number') {
      const bytes = Buffer.alloc(9, 'n')
      bytes.writeDoubleBE(losesNegativeZero && value === 0 ? 0 : value, 1)
      return [bytes]
    }
    if (typeof value === 'string') {
      if (/\p{Surrogate}/u.test(value)) throw new TypeError('half a surrogate pair')
      return counted('s', Buffer.byteLength(value), [Buffer.from(value)])
    }
    if (Buffer.isBuffer(value)) return counted('b', value.length, [Buffer.from(value)])
    if (Array.isArray(value)) {
      return counted('a', value.length, Array.from(value, item => parts(item, depth + 1)).flat())
    }
    if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) {
      throw new TypeError(`a ${typeof value} of this kind is not carried`)
    }
    if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError('a symbol is no key')
    const members = Object.entries(value)
    return counted(
      'o',
      members.length,
      members.flatMap(([key, item]) => [...parts(key, 0), ...parts(item, depth + 1)])
    )
  }

  return {
    name: 'tiny',
    encode: value => Buffer.concat(parts(value, 0)),
    decode(bytes) {
      let at = 0
      const take = (length: number): Buffer => {
        if (length > bytes.length - at) throw new RangeError('cut off')
        at += length
        return bytes.subarray(at - length, at)
      }
      const count = () => take(4).readUInt32BE()
      const read = (depth: number): unknown => {
        checkDepth(depth)
        const letter = take(1).toString('latin1')
        if (letter === '0') return null
        if (letter === 'n') return take(8).readDoubleBE()
        if (letter === 's') return UTF8.decode(take(count()))
        if (letter === 'b') return take(count())
        if (letter === 'a') {
          const items: unknown[] = []
          for (let left = count(); left > 0; left--) items.push(read(depth + 1))
          return items
        }
        if (letter !== 'o') throw new SyntaxError(`no value begins with ${letter}`)
        const value: Record<string, unknown> = {}
        for (let left = count(); left > 0; left--) {
          const key = read(depth)
          if (typeof key !== 'string') throw new SyntaxError('a key is no string')
          if (Object.hasOwn(value, key)) throw new SyntaxError('a key comes twice')
          const item = read(depth + 1)
          if (assigns) value[key] = item
          else
            Object.defineProperty(value, key, {
              value: item,
              enumerable: true,
              configurable: true,
              writable: true
            })
        }
        return value
      }
      const value = read(0)
      if (at < bytes.length) throw new SyntaxError('something comes after the value')
      return value
    }
  }
}

function counted(letter: string, count: number, parts: readonly Buffer[]): Buffer[] {
  const head = Buffer.alloc(5, letter)
  head.writeUInt32BE(count, 1)
  return [head, ...parts]
}
