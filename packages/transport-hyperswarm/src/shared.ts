/**
 * What there is once on `identity` under `key`, made by `create` when the first one asks. It lies on the stream itself, where
 * a second installed copy of this package finds it too: two that patch one stream hide each other's frames. `key` ends with
 * the version of what copies call of each other.
 */
export function sharedOn<T>(identity: object, key: string, create: () => T): T {
  const symbol = Symbol.for(`peersockets/${key}`)
  // Its own only: what one object inherits is that of another stream.
  const found: { value?: T } | undefined = Object.getOwnPropertyDescriptor(identity, symbol)
  if (found !== undefined && 'value' in found) return found.value
  const value = create()
  Object.defineProperty(identity, symbol, { value })
  return value
}
