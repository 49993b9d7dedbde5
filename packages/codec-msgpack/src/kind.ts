/** What `value` is, in words that complete "… has no form in MessagePack". */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  return typeof value === 'object' ? instanceName(value) : `a ${typeof value}`
}

function instanceName(value: object): string {
  const prototype: { constructor?: unknown } | null = Object.getPrototypeOf(value)
  const maker = prototype?.constructor
  return typeof maker === 'function' && maker.name ? `an instance of ${maker.name}` : 'an instance of a class'
}

/** Whether `value` is an object literal, `JSON.parse` output or a null-prototype object, of this realm or another. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  // Only the Object.prototype of another realm (a vm context, a test runner) is a root that owns this method.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Whether `value` is an array of exactly the built-in kind: Array.prototype is an array itself, a subclass's is not. */
export function isPlainArray(value: object): value is unknown[] {
  return Array.isArray(value) && Array.isArray(Object.getPrototypeOf(value))
}

/** Whether `value` is a Uint8Array, so also a Buffer, of this realm or another. */
export function isBytes(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** Whether `value` is exactly a `built`, as no instance of a subclass is. */
export function isExactly<T extends object>(value: object, built: new () => T): value is T {
  return Object.getPrototypeOf(value) === built.prototype
}

/**
 * Whether `key` may be one of a Map: another object of the same content is another key, so the receiver could not look
 * it up, and null marks a Map on the wire.
 */
export function isKey(key: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof key)
}
