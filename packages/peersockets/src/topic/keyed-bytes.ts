/**
 * A schema may take bytes for an object, which has a key for each of them: a megabyte then keeps it for many seconds, and
 * takes hundreds of megabytes. Whether one does cannot be told by looking at it, and counting bytes as values would leave no
 * room for a file in a message. So it is shown bytes of which it is seen when their keys are asked for, and that have none.
 */
export function asksForKeys(look: (value: unknown) => void, value: unknown): boolean {
  let asked = false
  const handler: ProxyHandler<ArrayBufferView> = {
    ownKeys() {
      asked = true
      return []
    },
    // What bytes can do they do only to themselves, not to what stands in front of them.
    get(bytes, key) {
      const property: unknown = Reflect.get(bytes, key)
      return typeof property === 'function' && key !== 'constructor' ? property.bind(bytes) : property
    }
  }
  look(withBytes(value, bytes => new Proxy(bytes, handler)))
  return asked
}

/** Puts what `replace` gives in the place of all bytes in `root`, whose own parts are changed. */
function withBytes(root: unknown, replace: (bytes: ArrayBufferView) => ArrayBufferView): unknown {
  if (ArrayBuffer.isView(root)) return replace(root)
  const open: object[] = isObject(root) ? [root] : []
  const seen = new Set<object>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const changed = (inner: unknown): unknown => {
      if (ArrayBuffer.isView(inner)) return replace(inner)
      if (isObject(inner)) open.push(inner)
      return inner
    }
    if (next instanceof Map) {
      const entries = [...next]
      next.clear()
      for (const [key, inner] of entries) next.set(changed(key), changed(inner))
    } else if (next instanceof Set) {
      const members = [...next]
      next.clear()
      for (const member of members) next.add(changed(member))
    }
    for (const key of Object.keys(next)) Reflect.set(next, key, changed(Reflect.get(next, key)))
  }
  return root
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
