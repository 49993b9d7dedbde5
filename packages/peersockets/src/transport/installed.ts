/**
 * `require` as a module at `origin` has it: an absolute path or a file URL. Undefined for any other origin, and in a browser
 * and on Bare, which have neither Node's module cache nor its addons. Asked of `process`, because the core imports no
 * `node:` module.
 */
export function requireFrom(origin: string | undefined): NodeJS.Require | undefined {
  if (origin === undefined) return undefined
  try {
    return process.getBuiltinModule('module').createRequire(origin)
  } catch {
    return undefined
  }
}

/** The file that `require(id)` at `origin` loads; undefined if there is none. */
export function resolveFrom(origin: string | undefined, id: string): string | undefined {
  try {
    return requireFrom(origin)?.resolve(id)
  } catch {
    return undefined
  }
}
