/**
 * What there is once on `identity` under `key`, made by `create` when the first one asks.
 *
 * npm may install this package twice in one program, and each copy has module variables of its own. Two copies that work on
 * one connection would patch it twice and hide each other's frames. So what must exist once for a connection lies on its
 * {@link Connection.identity}, where every copy finds it.
 *
 * `key` names what it is and the version of its interface, such as `protocol-channels/1`. A copy calls what another copy
 * has made, so the version grows with every change to what they call of each other.
 */
export function sharedOn<T>(identity: object, key: string, create: () => T): T {
  const symbol = Symbol.for(`peersockets/${key}`)
  // Its own only: what one object inherits is that of another connection.
  const found: { value?: T } | undefined = Object.getOwnPropertyDescriptor(identity, symbol)
  if (found !== undefined && 'value' in found) return found.value
  const value = create()
  Object.defineProperty(identity, symbol, { value })
  return value
}
