import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type $ZodType, safeEncode, safeParse } from 'zod/v4/core'
import { isMisplacedPromise } from '../call-safely.js'
import { excerpt, type Issue, printable } from '../errors.js'
import { asynchronous, failure, MAX_ISSUES, noWayBack, type Outcome, refusal, threw } from './objections.js'
import { type Conduct, conductOf, isSymmetric, looksAtAnyKey, oneWayPlaces } from './symmetric.js'
import { ODD_KEYS } from './values.js'

/** A schema at work in both directions. */
export interface Shape {
  /** Makes the value to encode of one that the app sends. */
  outgoing(value: unknown): Outcome
  /** Makes the value that the app gets of a decoded one. */
  incoming(value: unknown): Outcome
  /** Whether the two are one function. */
  readonly symmetric: boolean
  /** What is known of the schema, so that it need not be tried. */
  readonly conduct: Conduct
  /** Whether it may look at bytes as if they were an object, with a key for each of them. */
  readonly opensBytes: boolean
  /** Keys of objects that the library may leave out without a word. */
  readonly oddKeys: readonly string[]
}

export function compileSchema(schema: StandardSchemaV1): Shape {
  return isZod(schema) ? new ZodShape(schema) : new StandardShape(schema)
}

/** zod 4 alone can run a schema backwards, so that `z.codec` is encoded on the way out. */
class ZodShape implements Shape {
  readonly oddKeys = ['__proto__']
  readonly #schema: $ZodType
  #known: Knowledge | undefined

  constructor(schema: $ZodType) {
    this.#schema = schema
  }

  get symmetric(): boolean {
    return (this.#known ?? this.#knowledge()).symmetric
  }

  get conduct(): Conduct {
    return (this.#known ?? this.#knowledge()).conduct
  }

  get opensBytes(): boolean {
    return (this.#known ?? this.#knowledge()).opensBytes
  }

  outgoing(value: unknown): Outcome {
    return runZod(this.symmetric ? safeParse : safeEncode, this.#schema, value)
  }

  incoming(value: unknown): Outcome {
    return runZod(safeParse, this.#schema, value)
  }

  /** Not before the first message: a schema that is part of itself may not be complete when the topic is defined. */
  #knowledge(): Knowledge {
    try {
      const schema = this.#schema
      const conduct = conductOf(schema)
      const opensBytes = conduct === 'unknown' || looksAtAnyKey(schema)
      this.#known = { symmetric: isSymmetric(schema), conduct, opensBytes }
      return this.#known
    } catch {
      // A part of it is still to come, or cannot be made: running it will say so.
      return NOTHING_KNOWN
    }
  }
}

type Knowledge = Pick<Shape, 'symmetric' | 'conduct' | 'opensBytes'>

const NOTHING_KNOWN: Knowledge = { symmetric: false, conduct: 'unknown', opensBytes: true }

/** Validates on both sides, and sends what validation gave. */
class StandardShape implements Shape {
  readonly symmetric = true
  readonly conduct = 'unknown'
  readonly opensBytes = true
  readonly oddKeys = ODD_KEYS
  readonly #schema: StandardSchemaV1

  constructor(schema: StandardSchemaV1) {
    this.#schema = schema
  }

  outgoing(value: unknown): Outcome {
    return this.incoming(value)
  }

  incoming(value: unknown): Outcome {
    try {
      const result = this.#schema['~standard'].validate(value)
      if (typeof result !== 'object' || result === null) throw new TypeError('it gave no result')
      if ('issues' in result && result.issues !== undefined) return refusal(plain(result.issues))
      if ('value' in result) return { success: true, data: result.value }
      if (!isMisplacedPromise(result)) throw new TypeError('it gave neither a value nor issues')
      return failure(asynchronous())
    } catch (cause) {
      return failure(threw(cause))
    }
  }
}

function isZod(schema: StandardSchemaV1): schema is StandardSchemaV1 & $ZodType {
  return '_zod' in schema
}

function runZod(run: typeof safeEncode | typeof safeParse, schema: $ZodType, value: unknown): Outcome {
  try {
    const result = run(schema, value)
    return result.success ? result : refusal(plain(result.error.issues))
  } catch (cause) {
    const name = classOf(cause)
    if (name === '$ZodEncodeError') return failure(noWayBack(oneWayPlaces(schema)))
    return failure(name === '$ZodAsyncError' ? asynchronous() : threw(cause))
  }
}

/** By name: the schema may come from another copy of zod than ours. */
function classOf(cause: unknown): string | undefined {
  try {
    return cause instanceof Error ? cause.constructor?.name : undefined
  } catch {
    // A proxy, whose handler threw.
    return undefined
  }
}

/** The first issues of any library, without what it put into them besides, and without more of the message than is read. */
function plain(issues: readonly StandardSchemaV1.Issue[]): Issue[] {
  // Not `map`: some libraries give an array of a class of their own.
  return Array.from(issues)
    .slice(0, MAX_ISSUES)
    .map(({ message, path = [] }) => ({
      message: printable(excerpt(String(message))),
      path: Array.from(path, segment => plainKey(typeof segment === 'object' ? segment.key : segment))
    }))
}

function plainKey(key: PropertyKey): PropertyKey {
  return typeof key === 'string' ? excerpt(key) : key
}
