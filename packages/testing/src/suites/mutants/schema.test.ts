import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, test } from 'vitest'
import { type Refused, testSchema } from '../schema.js'
import type { Test } from '../suite.js'
import { checksOf, complaintOf, complaintsOf, type Mutant } from './outcome.fixture.js'

type Validate = StandardSchemaV1['~standard']['validate']

interface Given {
  readonly validate: Validate
  readonly samples?: readonly unknown[]
  readonly refuses?: readonly Refused[]
}

/** `{ text: string }`, and nothing else. */
const right: Validate = value => {
  const { text }: { text?: unknown } = Object(value)
  if (typeof text !== 'string') return { issues: [{ message: 'no text', path: ['text'] }] }
  return { value: { text } }
}

const SAMPLES = [{ text: 'hi' }, { text: ' hi ' }]
const REFUSES: readonly Refused[] = [{ value: { text: 3 }, path: ['text'] }]

const MUTANTS: readonly Mutant<Given>[] = [
  {
    what: 'trims what it validates',
    check: 'gives for a message the same message, at the sender and at the receiver',
    because: /not the one that was sent/,
    given: { validate: value => right({ text: Object(value).text?.trim?.() }) }
  },
  {
    what: 'has no sample to show',
    check: 'gives for a message the same message, at the sender and at the receiver',
    because: /samples are missing/,
    given: { validate: right, samples: [] }
  },
  {
    what: 'makes wait',
    check: 'is synchronous',
    because: /it waits/,
    given: { validate: async value => right(value) }
  },
  {
    what: 'takes what it says it refuses',
    check: 'refuses what is no message, with an issue at the place',
    because: /at text was sent/,
    given: { validate: value => ({ value }) }
  },
  {
    what: 'does not say where',
    check: 'refuses what is no message, with an issue at the place',
    because: /no issue has the path \["text"\], but \[\]/,
    given: { validate: value => (Object(value).text === 3 ? { issues: [{ message: 'no' }] } : right(value)) }
  },
  {
    what: 'puts into the value what it lacks',
    check: 'does not change what it validates',
    because: /validation changed the value/,
    given: {
      validate(value) {
        Object(value).seen = true
        return right(value)
      }
    }
  },
  {
    what: 'throws at what it does not expect',
    check: 'has issues or a value for anything that comes in, and does not throw',
    because: /the schema threw at undefined/,
    given: {
      validate(value) {
        if (value === undefined) throw new TypeError('not expected')
        return right(value)
      }
    }
  }
]

const suite =
  ({ validate, samples = SAMPLES, refuses = REFUSES }: Given) =>
  (runner: Test) =>
    testSchema(
      { '~standard': { version: 1, vendor: 'hand', validate } },
      { ...structuredClone({ samples, refuses }), test: runner }
    )

describe('a schema with a flaw is caught', () => {
  test.each(MUTANTS)('that $what: $check', async ({ check, because, given }) => {
    expect(await complaintOf(check, suite(given))).toMatch(because)
  })
})

test('a schema that is right passes', async () => {
  expect(await complaintsOf(suite({ validate: right }))).toEqual([])
})

test('every check of the suite catches something', () => {
  const checks = checksOf('the schema of hand', suite({ validate: right }))
  const caught = new Set(MUTANTS.map(({ check }) => check))
  expect(checks.length).toBe(5)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})
