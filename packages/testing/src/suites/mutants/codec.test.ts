import { describe, expect, test } from 'vitest'
import { testCodec } from '../codec/codec.js'
import type { Test } from '../suite.js'
import { attacks } from './codec/attacks.fixture.js'
import { carrying } from './codec/carrying.fixture.js'
import { altered, type Given, SAMPLES } from './codec/given.fixture.js'
import { tiny } from './codec/tiny.fixture.js'
import { checksOf, complaintOf, complaintsOf } from './outcome.fixture.js'

const MUTANTS = [...carrying, ...attacks]

const suite =
  ({ create, promises }: Given) =>
  (runner: Test) =>
    testCodec(create, { samples: SAMPLES, ...promises, test: runner })

describe('a codec with a flaw is caught', () => {
  test.each(MUTANTS)('that $what: $check', async ({ check, because, given }) => {
    expect(await complaintOf(check, suite(given))).toMatch(because)
  })
})

describe('a codec that is right passes', () => {
  test.each<[string, Given]>([
    [
      'and carries much',
      { create: tiny, promises: { refuses: [undefined, 1n], rejects: [Buffer.from('1')] } }
    ],
    [
      'and says that it loses the sign of zero',
      {
        create: () => tiny({ losesNegativeZero: true }),
        promises: { samples: [-0, [-0], { a: -0 }, 'text'], keepsNegativeZero: false }
      }
    ],
    [
      'and carries numbers alone',
      {
        create: altered(codec => ({
          encode(value) {
            if (typeof value !== 'number') throw new TypeError('numbers alone are carried')
            return codec.encode(value)
          },
          decode(bytes) {
            const value = codec.decode(bytes)
            if (typeof value !== 'number') throw new TypeError('numbers alone are carried')
            return value
          }
        })),
        promises: { samples: [0, -0, Number.NaN, 0.1] }
      }
    ]
  ])('%s', async (_what, right) => {
    expect(await complaintsOf(suite(right))).toEqual([])
  })
})

test('every check of the suite catches something', () => {
  const checks = checksOf('tiny', suite({ create: tiny, promises: { refuses: [], rejects: [] } }))
  const caught = new Set(MUTANTS.map(({ check }) => check))
  expect(checks.length).toBeGreaterThan(15)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})
