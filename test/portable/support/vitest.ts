import {
  ASYMMETRIC_MATCHERS_OBJECT,
  customMatchers,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState
} from '@vitest/expect'
import { fn, restoreAllMocks, spyOn } from '@vitest/spy'
import * as chai from 'chai'

// As much of vitest as the tests of the core use, in any JavaScript engine: it runs what was declared, and counts.

type Body = (...args: never[]) => unknown

const declared: { readonly name: string; readonly run: () => unknown }[] = []
let path: readonly string[] = []
let finished: (() => unknown)[] = []

export function describe(name: string, body: () => void): void {
  const before = path
  path = [...path, name]
  body()
  path = before
}
describe.each = eachOf((name, body) => describe(name, body))

export function test(name: string, body: () => unknown): void {
  declared.push({ name: [...path, name].join(' > '), run: body })
}
test.each = eachOf((name, body) => test(name, body))

function eachOf(declare: (name: string, body: () => unknown) => void) {
  return (cases: readonly unknown[]) => (name: string, body: Body) => {
    for (const [n, each] of cases.entries()) {
      const args = Array.isArray(each) ? each : [each]
      declare(`${name} #${n}`, () => body(...(args as never[])))
    }
  }
}

export function onTestFinished(body: () => unknown): void {
  finished.push(body)
}

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect: Chai.ExpectStatic = Object.assign(
  (value: unknown, message?: string) => {
    setState({ assertionCalls: getState(expect as never).assertionCalls + 1 }, expect as never)
    return chai.expect(value, message)
  },
  chai.expect,
  Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT),
  {
    poll: (value: () => unknown) => ({
      toBe: (expected: unknown) => poll(() => chai.expect(value()).equal(expected)),
      toEqual: (expected: unknown) => poll(() => chai.expect(value()).eql(expected))
    }),
    unreachable: (text?: string) => chai.assert.fail(text)
  }
)
Reflect.set(globalThis, GLOBAL_EXPECT, expect)
setState(
  {
    assertionCalls: 0,
    isExpectingAssertions: false,
    isExpectingAssertionsError: null,
    expectedAssertionsNumber: null,
    expectedAssertionsNumberErrorGen: null
  },
  expect as never
)
Reflect.get(chai.expect, 'extend')(expect, customMatchers)

async function poll(check: () => void): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      check()
      return
    } catch {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  check()
}

class NeedsVitest extends Error {}

export const vi = {
  fn,
  spyOn,
  useFakeTimers(): never {
    throw new NeedsVitest()
  }
}

export interface Outcome {
  readonly passed: number
  readonly failures: readonly string[]
  /** What this cannot run. */
  readonly skipped: readonly string[]
}

/** Far longer than any of them takes: for one that would wait for ever. */
const PATIENCE_MS = 20_000

async function inTime(run: () => unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It is not over after ${PATIENCE_MS / 1000} s.`)), PATIENCE_MS)
  })
  try {
    await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs everything that was declared, one after the other. */
export async function runAll(): Promise<Outcome> {
  const [failures, skipped]: [string[], string[]] = [[], []]
  let passed = 0
  for (const { name, run } of declared) {
    finished = []
    try {
      await inTime(run)
      passed++
    } catch (error) {
      if (error instanceof NeedsVitest) skipped.push(name)
      else failures.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
    for (const body of finished.toReversed()) await body()
    restoreAllMocks()
  }
  return { passed, failures, skipped }
}
