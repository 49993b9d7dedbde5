/**
 * `value`, of which msgpackr made every map a Map, with those that stand for an object made one. A Map remains where a
 * key is no string, and where the first entry says so: nil as a key is nothing else.
 */
export function settled(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = settled(value[index])
    return value
  }
  if (!(value instanceof Map)) return value
  let isMap = value.delete(null)
  for (const [key, item] of value) {
    if (typeof key !== 'string') isMap = true
    value.set(key, settled(item))
  }
  // An own property also of the key `__proto__`.
  return isMap ? value : Object.fromEntries(value)
}
