import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { testMiddleware } from '../middleware/middleware.js'
import type { FrameAttack } from '../middleware/subject.js'
import type { Test } from '../suite.js'
import { attacks } from './middleware/attacks.fixture.js'
import { carrying } from './middleware/carrying.fixture.js'
import { ALL, type Given, layer, PROMISES, pass, summed, untyped } from './middleware/given.fixture.js'
import { life } from './middleware/life.fixture.js'
import { ownership } from './middleware/ownership.fixture.js'
import { altered, sealed } from './middleware/sealed.fixture.js'
import { checksOf, complaintOf, complaintsOf } from './outcome.fixture.js'

const MUTANTS = [...carrying, ...ownership, ...attacks, ...life]

const suite =
  ({ create, promises }: Given) =>
  (runner: Test) =>
    testMiddleware(create, { ...PROMISES, ...promises, test: runner })

describe('a middleware with a flaw is caught', () => {
  test.each(MUTANTS)('that $what: $check', async ({ check, because, given }) => {
    expect(await complaintOf(check, suite(given))).toMatch(because)
  })
})

describe('a middleware that is right passes', () => {
  const claimed = ALL.filter(attack => attack !== 'drop')
  test.each<[string, Given]>([
    ['and promises nothing', { create: () => pass }],
    ['and changes no byte', { create: () => ({ ...pass, wire: false }) }],
    [
      'and detects all but gaps',
      { create: () => sealed(), promises: { detects: claimed, synchronous: true } }
    ],
    ['and writes into frames that it has extended', { create: () => summed('first') }],
    ['and detects gaps too', { create: () => sealed({ takes: 'next' }), promises: { detects: ALL } }],
    [
      'and takes its time',
      {
        create: () =>
          altered(sealed(), inner => ({
            async send(frame) {
              await setImmediate()
              return inner.send(frame)
            },
            async receive(frame) {
              await undefined
              return inner.receive(frame)
            }
          })),
        promises: {
          detects: claimed,
          rejects: [Buffer.alloc(3)],
          stranger: () => sealed({ secret: 'another' })
        }
      }
    ],
    [
      'and compresses within bounds',
      {
        create: () =>
          layer({
            send: frame => deflateRawSync(frame),
            receive: frame => inflateRawSync(frame, { maxOutputLength: PROMISES.maxFrameBytes })
          }),
        promises: { maxOverheadBytes: 64 }
      }
    ]
  ])('%s', async (_what, given) => {
    expect(await complaintsOf(suite(given))).toEqual([])
  })
})

test('every check of the suite catches something', () => {
  const promises = { detects: ALL, synchronous: true, rejects: [], stranger: () => pass }
  const checks = [
    ...checksOf('pass', suite({ create: () => pass })),
    ...checksOf('pass', suite({ create: () => ({ ...pass, wire: false }), promises }))
  ]
  const caught = new Set(MUTANTS.map(({ check }) => check))
  expect(checks.length).toBeGreaterThan(20)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})

test('an attack that does not exist is an error, not a check less', () => {
  const detects = [untyped<FrameAttack>('tampering')]
  expect(() => testMiddleware(() => pass, { ...PROMISES, detects, test })).toThrow(
    "There is no attack 'tampering', but tamper"
  )
})
