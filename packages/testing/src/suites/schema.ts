import { deepStrictEqual, ok } from 'node:assert/strict'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Codec } from 'peersockets/plugin'
import { type Check, register, type Test } from './suite.js'

/** A value that the schema refuses, and where. */
export interface Refused {
  readonly value: unknown
  /** Keys from the value's root down to what is wrong with it; one of the issues has this path. */
  readonly path: readonly PropertyKey[]
  /** Whether it is refused when it is sent, or when it comes in. Default: both. */
  readonly when?: 'sent' | 'received'
}

/** What `testSchema` needs besides the schema. */
export interface SchemaSuite {
  test: Test
  /** Values of messages, which arrive equal in the sense of `assert.deepStrictEqual`. */
  samples: readonly unknown[]
  /** Values that are no messages. */
  refuses: readonly Refused[]
}

interface SchemaSubject {
  readonly schema: StandardSchemaV1
  readonly samples: readonly unknown[]
  readonly refuses: readonly Refused[]
}

/** The schema as a topic uses it: on the way out, and on the way in. */
interface Directions {
  sent(value: unknown): unknown
  received(value: unknown): unknown
}

async function directionsOf({ schema }: SchemaSubject): Promise<Directions> {
  // Here and not above: a test of anything else needs nothing of peersockets at run time.
  const { defineTopic } = await import('peersockets')
  let held: unknown
  const nothing = Buffer.alloc(0)
  const codec: Codec = {
    name: 'held',
    encode(value) {
      held = value
      return nothing
    },
    decode: () => held
  }
  const topic = defineTopic({ schema, codec })
  return {
    sent(value) {
      topic.encode(value, 'tested')
      return held
    },
    received(value) {
      held = value
      return topic.decode(nothing, 'tested')
    }
  }
}

/** The error that `call` throws, as far as it is one of peersockets. */
function refusalOf(
  call: () => unknown
): { code: unknown; issues: readonly StandardSchemaV1.Issue[] } | undefined {
  try {
    call()
    return undefined
  } catch (thrown) {
    const { code, issues = [] }: { code?: unknown; issues?: readonly StandardSchemaV1.Issue[] } =
      Object(thrown)
    return { code, issues }
  }
}

/** What no schema was made for. */
const STRANGE: readonly unknown[] = [
  ...[undefined, null, 0, -0, Number.NaN, '', 'x', true, 0n, Symbol('s'), () => 1, new Date(Number.NaN)],
  ...[[], {}, [[]], [undefined], new Map(), new Set(), new Error('e'), Object.create(null), Buffer.alloc(3)],
  JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1},"length":-1,"then":1}')
]

const checks: readonly Check<SchemaSubject>[] = [
  {
    promise: 'gives for a message the same message, at the sender and at the receiver',
    async run(subject) {
      ok(subject.samples.length > 0, 'samples are missing')
      const { sent, received } = await directionsOf(subject)
      for (const sample of subject.samples) {
        const wire = sent(sample)
        deepStrictEqual(received(wire), sample, 'the message that arrives is not the one that was sent')
        deepStrictEqual(sent(received(wire)), wire, 'the message cannot be passed on as it arrived')
      }
    }
  },
  {
    promise: 'is synchronous',
    async run(subject) {
      const { sent, received } = await directionsOf(subject)
      for (const value of [...subject.samples, ...subject.refuses.map(refused => refused.value)]) {
        for (const direction of [sent, received]) {
          ok(
            refusalOf(() => direction(value))?.code !== 'ERR_UNSUPPORTED_SCHEMA',
            'it waits, or has no way back'
          )
        }
      }
    }
  },
  {
    promise: 'refuses what is no message, with an issue at the place',
    async run(subject) {
      const { sent, received } = await directionsOf(subject)
      for (const { value, path, when } of subject.refuses) {
        const directions = { sent, received }
        for (const direction of ['sent', 'received'] as const) {
          if (when !== undefined && when !== direction) continue
          const refusal = refusalOf(() => directions[direction](value))
          ok(
            refusal !== undefined,
            `what should be refused at ${path.map(String).join('.')} was ${direction}`
          )
          deepStrictEqual(refusal.code, 'ERR_INVALID_MESSAGE')
          const places = refusal.issues.map(issue => JSON.stringify(issue.path?.map(String) ?? []))
          const place = JSON.stringify(path.map(String))
          ok(
            places.includes(place),
            `no issue has the path ${place}, but ${places.join(' and ') || 'there is none'}`
          )
        }
      }
    }
  },
  {
    promise: 'does not change what it validates',
    async run(subject) {
      const { sent, received } = await directionsOf(subject)
      for (const value of [...subject.samples, ...subject.refuses.map(refused => refused.value)]) {
        const before: unknown = structuredClone(value)
        refusalOf(() => received(sent(value)))
        refusalOf(() => received(value))
        deepStrictEqual(structuredClone(value), before, 'validation changed the value')
      }
    }
  },
  {
    promise: 'has issues or a value for anything that comes in, and does not throw',
    async run(subject) {
      const { received } = await directionsOf(subject)
      for (const value of STRANGE) {
        const refusal = refusalOf(() => received(value))
        if (refusal === undefined) continue
        ok(
          refusal.code === 'ERR_INVALID_MESSAGE' && refusal.issues.length > 0,
          `the schema threw at ${typeof value}`
        )
      }
    }
  }
]

/**
 * Registers tests that hold a schema to what a topic asks of it: synchronous, the same message on both sides, and issues
 * that say where.
 */
export function testSchema(schema: StandardSchemaV1, { test, samples, refuses }: SchemaSuite): void {
  register(test, `the schema of ${schema['~standard'].vendor}`, checks, { schema, samples, refuses })
}
