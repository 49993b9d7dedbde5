import { ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { isNativeError } from 'node:util/types'
import type { ContractVersion } from 'peersockets/plugin'

/** How a runner registers a test: `test` of vitest, node:test or tape, `it` of Mocha. What it returns is not looked at. */
export type Test = (name: string, run: () => Promise<void>) => unknown

/** One promise of a plugin, and the attempt to break it. */
export interface Check<Subject> {
  /** Ends a sentence that begins with the plugin's name. */
  readonly promise: string
  /** Throws, or rejects, when the promise is broken. */
  run(subject: Subject): void | Promise<void>
}

/** Registers a test for each check. */
export function register<Subject>(
  test: Test,
  name: string,
  checks: readonly Check<Subject>[],
  subject: Subject
): void {
  for (const { promise, run } of checks) {
    test(`${name} ${promise}`, async () => {
      await run(subject)
    })
  }
}

/** The same bytes for the same seed: what fails, fails again. */
export function bytesOf(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: Math.max(length, 1) })
    .update(seed)
    .digest()
    .subarray(0, length)
}

/** A copy of `bytes` with one bit changed; the first byte holds bits 0 to 7. */
export function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}

/** What a plugin threw must be an error that says something, also when it comes from another realm. */
export function assertError(thrown: unknown, what: string): void {
  const isError = thrown instanceof Error || isNativeError(thrown)
  ok(isError, `${what} threw ${typeof thrown}, not an Error`)
  ok(thrown.message.length > 0, `${what} threw an Error without a message`)
}

const NAME = /^[!-=?-~]+$/
const OWN_NAMES = ['raw', 'batch']
const CONTRACT: ContractVersion = 2

/** What every plugin says of itself. */
export function assertVersion({ contract = CONTRACT }: { readonly contract?: number }): void {
  ok(contract === CONTRACT, `it is made for version ${contract} of the plugin contract, not for ${CONTRACT}`)
}

/** What a codec and a middleware have, in the terms of `defineTopic`. */
export function assertContract(plugin: { readonly name: string; readonly contract?: number }): void {
  const { name } = plugin
  ok(typeof name === 'string' && NAME.test(name), 'the name is printable ASCII without spaces and `>`')
  ok(name === name.toLowerCase(), `the name ${name} is not in lower case`)
  ok(!OWN_NAMES.includes(name), `the name ${name} has a meaning of its own`)
  assertVersion(plugin)
}
