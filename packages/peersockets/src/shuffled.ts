import { randomBytes } from '@noble/hashes/utils.js'

/** The items in a random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  const keys = randomBytes(4 * items.length)
  const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
  return items
    .map((item, at) => ({ item, key: view.getUint32(4 * at) }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item)
}
