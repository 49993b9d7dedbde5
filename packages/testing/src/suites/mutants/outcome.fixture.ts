import type { Test } from '../suite.js'

/** A plugin with one flaw, and the check that must notice. */
export interface Mutant<Arguments> {
  readonly what: string
  /** How the name of the check goes on after the plugin's name. */
  readonly check: string
  /** What the failure says, so that it is the fault that fails the check and nothing else. */
  readonly because: RegExp
  readonly given: Arguments
}

interface Registered {
  readonly name: string
  readonly run: () => Promise<void>
}

function registeredBy(suite: (test: Test) => void): Registered[] {
  const tests: Registered[] = []
  suite((name, run) => tests.push({ name, run }))
  return tests
}

/** The names of the tests that a suite registers, without the plugin's. */
export function checksOf(plugin: string, suite: (test: Test) => void): string[] {
  return registeredBy(suite).map(({ name }) => name.replace(`${plugin} `, ''))
}

/** What the one test of a suite says whose name ends with `check`; undefined if it passes. */
export async function complaintOf(check: string, suite: (test: Test) => void): Promise<string | undefined> {
  const [found, ...others] = registeredBy(suite).filter(({ name }) => name.endsWith(` ${check}`))
  if (found === undefined || others.length > 0) throw new Error(`There is no one test that ${check}.`)
  return found.run().then(() => undefined, wordsOf)
}

/** What all tests of a suite say that do not pass. */
export async function complaintsOf(suite: (test: Test) => void): Promise<string[]> {
  const complaints: string[] = []
  for (const { name, run } of registeredBy(suite)) {
    await run().catch((error: unknown) => complaints.push(`${name}: ${wordsOf(error)}`))
  }
  return complaints
}

/** All that an error says, with what it was caused by. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message} (${wordsOf(error.cause)})`
}
