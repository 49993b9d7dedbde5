/** What `value` is, in words that complete "… has no form in JSON". */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number') return `${value}`
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
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}
